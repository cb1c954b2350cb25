import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Scene } from "../../support/e2e.ts";
import { aScene, succeeded } from "../../support/e2e.ts";
import { said, served } from "../../support/hosts.ts";
import type { Client } from "./client.ts";
import { startClient } from "./client.ts";
import { strike } from "./fault.ts";
import type { Moment } from "./moment.ts";
import { momentsOf, reachMoment } from "./moment.ts";
import { readSteps } from "./step.ts";
import type { Traffic } from "./traffic.ts";
import { firstAnswer, slowDownloads, trafficFromHere, trafficFromInside } from "./traffic.ts";
import type { Result, Trial, Verb } from "./trial.ts";
import { judgeExit, judgeVisits } from "./verdict.ts";

/** Two hosts and a project, on which one trial follows another. h1 gets the fault. */
export type Lane = {
  /** The moments of a run, learned from its plan and from how long each step took once. */
  learn(verb: Verb): Promise<readonly Moment[]>;
  run(trial: Trial): Promise<Result>;
  end(): Promise<void>;
};

const struck = "h1";

/** An app that takes its time to start and to stop, so that a fault can strike in between. */
const settings = `
  health: { command: true, http: "/healthz", timeout: "60s", settle: "0s" },
  prune: { keep: 3 },
  env: {
    LINK_SHORTENER_DEBUG: "true",
    LINK_SHORTENER_START_DELAY_MS: "500",
    LINK_SHORTENER_DATA: "/var/lib/link-shortener/links.ndjson",
  },
`;

export type LaneOptions = {
  /** How many releases are deployed first. More than are kept, and every further run deletes one. */
  readonly history?: number;
  /** The struck run is of h1 alone, which then waits for no other host; h2 stays as it is until the next run. */
  readonly alone?: boolean;
};

export async function openLane(name: string, { history = 4, alone = false }: LaneOptions = {}): Promise<Lane> {
  const scene = await aScene(`faults-${name}`, { machines: 2, hosts: ["h*"], settings });
  const { lab, project } = scene;
  const only = alone ? ["--only", struck] : [];
  const inRun = alone ? [struck] : scene.hosts;
  // What is live on h1, and what the last run of both hosts made live.
  let [count, live, everywhere] = [0, "", ""];

  async function build(): Promise<string> {
    count += 1;
    await project.build(`v${count}`);
    // Long enough to be cut in its middle.
    await writeFile(join(project.directory, "dist/blob"), randomBytes(16_000_000));
    return `v${count}`;
  }

  async function deploy(): Promise<void> {
    const version = await build();
    succeeded(await project.run("run", "production", "--version", version));
    live = everywhere = version;
  }

  /** Starts the run that is to be struck. */
  async function start(verb: Verb): Promise<{ readonly client: Client; readonly version: string }> {
    if (verb === "run") {
      const version = await build();
      return { client: startClient(["run", "production", "--version", version, ...only], project.directory), version };
    }
    if (verb === "restart") {
      const words = ["restart", "production", "-e", `AGAIN=${count}`, ...only];
      return { client: startClient(words, project.directory), version: live };
    }
    let version = await rollbackVersion(scene, only);
    if (version === undefined) {
      await deploy();
      version = await rollbackVersion(scene, only);
    }
    if (version === undefined) throw new Error("there is nothing to roll back to after a deploy");
    return { client: startClient(["rollback", "production", ...only], project.directory), version };
  }

  /** Runs until the lock of the struck run is free, which may take as long as the command that was running. */
  async function runAgain(
    version: string,
  ): Promise<{ readonly complaints: readonly string[]; readonly locked: number }> {
    const began = performance.now();
    for (;;) {
      const locked = Math.round((performance.now() - began) / 1000);
      const { code, stdout, stderr } = await project.run("run", "production", "--version", version);
      if (code === 0) return { complaints: [], locked };
      const isLocked = code === 4 && locked < 75;
      if (!isLocked)
        return { complaints: [`the next run ended with ${code}: ${stdout.slice(-1500)}${stderr}`], locked };
      await wait(500);
    }
  }

  async function checkStatus(): Promise<readonly string[]> {
    const { code, stdout } = await project.run("status", "production");
    return code === 0 ? [] : [`status ended with ${code}: ${stdout}`];
  }

  async function checkReboot(version: string): Promise<readonly string[]> {
    await lab.kill(struck);
    await lab.boot(struck);
    const answered = await firstAnswer(lab, struck);
    const units = await said(lab, struck, "systemctl is-active link-shortener@blue link-shortener@green || :");
    const found = `${await served(lab, struck)}; ${units.trim().replaceAll("\n", " ")}`;
    const isRight =
      answered && found.startsWith(`${version} `) && units.trim().split("\n").toSorted().join() === "active,inactive";
    return isRight ? [] : [`after a reboot, with ${version} live: ${found}`];
  }

  async function run(trial: Trial): Promise<Result> {
    const { verb, fault, moment, lasting } = trial;
    const { client, version } = await start(verb);
    // What was live as it began: where there was nothing to roll back to, a deploy came first.
    const old = live;
    const visits = new Map<string, Traffic>([["h2", trafficFromHere(lab, "h2")]]);
    if (fault === "kill") visits.set(struck, trafficFromHere(lab, struck));
    if (fault === "cut") visits.set(struck, trafficFromInside(lab, struck));
    // They hold the drain; what becomes of them when the power fails is no question.
    const unasked = fault === "kill" ? undefined : slowDownloads(lab, struck);
    if (!(await reachMoment(client, moment, struck)))
      throw new Error(`the run ended before its moment:\n${(await client.ended).stdout}`);
    await strike(fault, { lab, host: struck, client, lasting });
    const complaints: string[] = [];
    if (fault === "power") {
      if (!(await firstAnswer(lab, struck))) complaints.push(`${struck}: no answer within 20 s of the boot`);
      visits.set(struck, trafficFromHere(lab, struck));
    }
    const { code, stdout, stderr } = await client.ended;
    const between = await Promise.all(inRun.map((host) => served(lab, host)));
    complaints.push(...judgeExit(code, between, { old, new: version }));
    if (code === 3 && !lasting) complaints.push("the client ended with 3, though the host came back soon");
    if (stderr.includes("this is a bug in bgdeploy")) complaints.push(stderr);
    const report = complaints.length === 0 ? [] : [stdout.slice(-1500)];

    const next = await build();
    const again = await runAgain(next);
    complaints.push(...again.complaints, ...(await checkStatus()));
    let requests = 0;
    for (const [host, traffic] of visits) {
      const met = await traffic.stop();
      requests += met.good;
      complaints.push(...judgeVisits(host, met, host === struck ? [old, version, next] : [everywhere, version, next]));
    }
    await unasked?.stop();
    const after = await Promise.all(scene.hosts.map((host) => served(lab, host)));
    if (after.some((each) => !each.startsWith(`${next} `)))
      complaints.push(`after the next run the hosts serve ${after.join(" and ")}, not ${next}`);
    complaints.push(...(await checkReboot(next)), ...report);
    live = everywhere = next;
    return { trial, complaints, exitCode: code, locked: again.locked, requests };
  }

  for (let first = 0; first < history; first += 1) await deploy();
  return {
    async learn(verb) {
      const words = verb === "run" ? ["plan", "production", "--version", "any"] : [verb, "production", "--dry-run"];
      const { stdout } = succeeded(await project.run(...words, "--only", struck, "--commands"));
      const downloads = slowDownloads(lab, struck);
      const { client, version } = await start(verb);
      succeeded(await client.ended);
      await downloads.stop();
      live = version;
      if (!alone) everywhere = version;
      return momentsOf(readSteps(stdout), struck, client.announced);
    },
    run,
    end: () => scene.end(),
  };
}

/** The version that all hosts would go back to; `undefined` where they have none, or not the same. */
async function rollbackVersion({ project }: Scene, only: readonly string[]): Promise<string | undefined> {
  const { code, stdout } = await project.run("rollback", "production", "--dry-run", ...only);
  if (code !== 0 || stdout.includes("the hosts differ")) return undefined;
  return /^Release \S+?-(v\d+)$/m.exec(stdout)?.[1];
}
