import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";
import { suite } from "uvu";
import { prelude } from "../../../lib/remote/prelude.ts";

/** A host's shell as ssh starts it, with a greeting, and seconds of patience instead of minutes. */
export type HostShell = {
  readonly child: ChildProcessWithoutNullStreams;
  said(): string;
  ended(): Promise<NodeJS.Signals | null>;
};

type Shells = { shells: HostShell[] };

/** A suite whose shells end with each test. */
export function shellSuite(name: string): ReturnType<typeof suite<Shells>> {
  const test = suite<Shells>(name);
  test.before.each((context) => {
    context.shells = [];
  });
  test.after.each(({ shells }) => {
    for (const { child } of shells) child.kill("SIGKILL");
  });
  return test;
}

export function start(shells: HostShell[], greeting = ":"): HostShell {
  const command = prelude("bgword", greeting, { silence: 2, patience: 1 });
  const child = spawn("sh", ["-c", command], { stdio: "pipe" });
  child.stdin.on("error", () => {});
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => (output += more));
  const end = new Promise<NodeJS.Signals | null>((resolve) => child.on("close", (_, signal) => resolve(signal)));
  const shell: HostShell = { child, said: () => output, ended: () => end };
  shells.push(shell);
  return shell;
}

export async function until(shell: HostShell, text: string): Promise<void> {
  for (let tries = 0; !shell.said().includes(text); tries++) {
    if (tries > 400) throw new Error(`no "${text}" in:\n${shell.said()}`);
    await wait(10);
  }
}
