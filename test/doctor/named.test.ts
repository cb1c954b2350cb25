import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { eventually, quick } from "../releases/support/host.ts";
import type { Ended } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import type { Ailment } from "./support/ailments.ts";
import { ailments } from "./support/ailments.ts";

const test = labSuite("doctor: whatever makes a run or a reboot fail is named before");
let scene: Scene;
test.before(async () => {
  scene = await aScene("doctor-named", { machines: 4, hosts: ["h*"], settings: `${quick} version: "v0",` });
  succeeded(await scene.project.deploy("v1"));
  await Promise.all(scene.hosts.map((host) => said(scene.lab, host, keep)));
});
test.after(() => scene.end());

const keep = "cp -p /etc/systemd/system/link-shortener@.service /root/unit";
const sides = `LIVE=$(cat /opt/link-shortener/variant); case $LIVE in blue) IDLE=green ;; *) IDLE=blue ;; esac`;
const on = (host: string, ...words: readonly string[]): Promise<Ended> => scene.project.run(...words, "--only", host);

/** What is wrong with one case, as a sentence; `undefined` where all is as it should be. */
async function examine(host: string, { harm, found, comes, byHand }: Ailment): Promise<string | undefined> {
  const state = await said(scene.lab, host, `${sides}; echo "LIVE=$LIVE; IDLE=$IDLE; "`);
  await said(scene.lab, host, `${state}${harm}`);
  const named = await on(host, "doctor", "production");
  if (!found.test(named.stdout)) return `the doctor does not name it:\n${named.stdout}${named.stderr}`;
  const come = await outcome(host, comes);
  if (come !== undefined) return `${come}, though the doctor names it`;
  if (comes === "repaired") return cure(host, 1);
  if (byHand !== undefined) await said(scene.lab, host, `${state}${byHand}`);
  return cure(host, 3);
}

/** Types what the doctor says until it finds nothing wrong; then the host serves. */
async function cure(host: string, rounds: number): Promise<string | undefined> {
  const { stdout } = await on(host, "doctor", "production");
  // What runs again has not run for long yet.
  if (/\n {2}wrong (?!.* keeps crashing)/.test(stdout)) {
    if (rounds === 0) return `what it says to type does not mend it:\n${stdout}`;
    for (const line of new Set([...stdout.matchAll(/^ {13}(\S.*)$/gm)].map(([, each = ""]) => each)))
      await type(host, line);
    return cure(host, rounds - 1);
  }
  const end = await eventually(() => answers(host), "200");
  return end === "200" ? undefined : `the doctor is content, but nothing serves:\n${stdout}`;
}

/** As the host's admin, or here; what only looks is left out. */
async function type(host: string, line: string): Promise<void> {
  const [, quoted] = /^ssh .*?(?:-t )?h\d '(.*)'$/.exec(line) ?? [];
  const command = quoted?.replaceAll(String.raw`'\''`, "'");
  if (command !== undefined && !/^(sudo )?(journalctl|findmnt|ls|cat|diff) /.test(command))
    await said(scene.lab, host, command);
  const words = /^bgdeploy ((?:setup|run|restart|doctor) .*)$/.exec(line)?.[1]?.split(" ") ?? [];
  const [verb = ""] = words;
  const agree = verb === "setup" || verb === "doctor" ? ["--yes"] : [];
  if (verb !== "")
    succeeded(await on(host, ...words.filter((word, at) => word !== "--only" && words[at - 1] !== "--only"), ...agree));
}

async function outcome(host: string, comes: Ailment["comes"]): Promise<string | undefined> {
  if (comes === "reboot") {
    await scene.lab.kill(host);
    await scene.lab.boot(host);
    const unit = "timeout 20 systemctl is-system-running --wait || true";
    await said(scene.lab, host, unit);
    const got = await answers(host);
    return got === "200" ? "the host serves after a reboot" : undefined;
  }
  const { code, stdout } = await on(host, "run", "production");
  if (comes === "repaired") return code === 0 ? undefined : `the run does not repair it:\n${stdout}`;
  return code === 0 ? "the run succeeds" : undefined;
}

async function answers(host: string): Promise<string> {
  return /^v\d \w+$/.test(await served(scene.lab, host)) ? "200" : "none";
}

test(`${ailments.length} ways to break a host: the doctor names each, it comes to what it says, and its commands lead out of it`, async () => {
  const only = process.env["AILMENT"];
  const chosen = ailments.filter(({ name }) => only === undefined || name.includes(only));
  const queue = [...chosen];
  const problems: string[] = [];
  await Promise.all(
    scene.hosts.map(async (host) => {
      for (;;) {
        const next = queue.shift();
        if (next === undefined) return;
        const problem = await examine(host, next).catch((error: unknown) => String(error));
        if (problem !== undefined) problems.push(`${next.name} (${host}): ${problem}`);
      }
    }),
  );
  assert.is(problems.join("\n\n"), "");
});

test.run();
