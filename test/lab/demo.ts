import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { promisify, styleText } from "node:util";
import { CommandError, type Shell, StoppedError, openShell } from "../demo/shell.ts";
import { type LoadCounts, describeFailures, startLoad } from "../support/load.ts";
import { LabError } from "./lab-error.ts";
import { type Lab, startLab } from "./lab.ts";
import { whyLabCannotRun } from "./requirements.ts";

process.exitCode = await main();

async function main(): Promise<number> {
  const why = whyLabCannotRun();
  if (why !== undefined) {
    process.stderr.write(`The demo cannot run here: ${why}\n`);
    return 1;
  }
  try {
    return await demo();
  } catch (error) {
    if (error instanceof StoppedError) {
      process.stdout.write("\nStopped. The hosts are gone again.\n");
      return error.code;
    }
    if (!(error instanceof LabError || error instanceof CommandError)) throw error;
    process.stderr.write(`demo: ${error.message}\n`);
    return 1;
  }
}

async function demo(): Promise<number> {
  const began = performance.now();
  process.stdout.write(
    "bgdeploy releases an app to two Debian hosts, and then its next version while clients use it.\n",
  );
  const builds = await mkdtemp("/tmp/bgdeploy-demo-");
  const shell = openShell();
  try {
    const isRight = await onTwoHosts(shell, builds);
    process.stdout.write(
      `\nThe demo took ${((performance.now() - began) / 1000).toFixed(1)} s. The hosts are gone again.\n`,
    );
    return isRight ? 0 : 1;
  } catch (error) {
    shell.checkpoint(); // what breaks after a Ctrl-C is no news
    throw error;
  } finally {
    shell.close();
    await rm(builds, { recursive: true, force: true });
  }
}

/** Boots, releases, reports, and takes the hosts down; `true` if no request failed and version 2 runs everywhere. */
async function onTwoHosts(shell: Shell, builds: string): Promise<boolean> {
  shell.say("Two hosts with systemd, nginx and sshd; the example app, built twice");
  const built = Promise.all(["v1", "v2"].map((version) => build(`${builds}/${version}`, version)));
  built.catch(() => undefined); // told below, once the hosts are up and can be taken down
  await using lab = await startLab({ hosts: 2, name: "demo", bastion: false });
  await built;
  shell.checkpoint();
  process.stdout.write(`${lab.hosts.map(({ name, address }) => `${name} ${address}`).join("   ")}\n`);
  shell.export("BGDEPLOY_SSH_CONFIG", lab.trustingSshConfig);

  const counts = await release(shell, lab, builds);
  return await report(lab, counts);
}

/** The story: prepare the hosts, version 1, then version 2 under load. */
async function release(shell: Shell, lab: Lab, builds: string): Promise<LoadCounts> {
  const loudness = process.stdout.isTTY ? [] : ["--quiet"];
  shell.say("Once: a user, directories, a unit, an nginx site and sudo rules for the user who deploys");
  await shell.brief("setup", "production", "--as", "root", "--yes");

  shell.say("Version 1");
  await shell.bgdeploy("run", "production", "--dist", `${builds}/v1`, "--version", "v1", ...loudness);

  shell.say("Version 2, while 32 clients send requests to both hosts through nginx");
  const load = startLoad({
    requests: lab.hosts.flatMap(({ address }) => [
      ...Array.from({ length: 9 }, () => ({ url: `http://${address}/` })),
      { url: `http://${address}/slow?ms=300`, check: (body) => (body.trim() === "slow 300" ? undefined : body) },
    ]),
    pause: 5,
    label: (headers) => String(headers["x-version"]),
    retryClosed: true,
  });
  try {
    await wait(1000);
    await shell.bgdeploy("run", "production", "--dist", `${builds}/v2`, "--version", "v2", ...loudness);
    await wait(1000);
  } finally {
    await load.stop();
  }
  return load.stop();
}

/** Says what the clients saw and what each host runs; `true` if no request failed and all run version 2. */
async function report(lab: Lab, counts: LoadCounts): Promise<boolean> {
  const { sent, failed, retried, seconds, labels } = counts;
  const rate = Math.round(sent / seconds);
  const verdict = styleText(
    ["bold", failed === 0 ? "green" : "red"],
    `${number(sent)} requests, ${number(failed)} failed`,
  );
  const by = [...labels].map(([version, count]) => `${number(count)} by ${version}`);
  process.stdout.write(`\n${verdict}   (${rate} a second; answered ${by.join(", ")})\n`);
  if (retried > 0) {
    process.stdout.write(
      `${retried} met a kept connection that nginx had just closed, and went out again on a new one, as in a browser.\n`,
    );
  }
  if (failed > 0) process.stdout.write(`${describeFailures(counts)}: ${counts.failures[0]?.detail}\n`);

  const rows = await Promise.all(
    lab.hosts.map(async ({ name, address }) => {
      const { headers } = await fetch(`http://${address}/healthz`);
      const [version, variant] = [headers.get("x-version"), headers.get("x-variant")];
      const file = (await lab.exec(name, "cat /opt/link-shortener/variant")).stdout.trim();
      process.stdout.write(`${name} runs ${version} as ${variant}; its variant file says ${file}\n`);
      return version === "v2" && variant === file;
    }),
  );
  return failed === 0 && rows.every(Boolean);
}

async function build(directory: string, version: string): Promise<void> {
  const script = join(import.meta.dirname, "../../examples/link-shortener/build.ts");
  await promisify(execFile)(process.execPath, [script, directory], { env: { ...process.env, VERSION: version } });
}

function number(count: number): string {
  return count.toLocaleString("en-GB");
}
