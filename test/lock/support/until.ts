import { setTimeout as wait } from "node:timers/promises";
import type { Lab } from "../../lab/lab.ts";
import { said } from "../../support/hosts.ts";

/** Asks again and again until nothing is left, for at most this many milliseconds; gives the last answer. */
export async function until<T>(left: () => Promise<readonly T[]>, limit = 10_000): Promise<readonly T[]> {
  const end = performance.now() + limit;
  for (;;) {
    const found = await left();
    if (found.length === 0 || performance.now() >= end) return found;
    await wait(100);
  }
}

/** What the user `deploy` still runs on a host, when that does not end by itself. */
export function runsOn(lab: Lab, host: string): Promise<readonly string[]> {
  return until(async () => {
    const { stdout } = await lab.exec(host, "ps -u deploy -o args=");
    return stdout.split("\n").filter((line) => line !== "" && !/systemd --user|\(sd-pam\)/.test(line));
  });
}

const state = "/opt/link-shortener/.bgdeploy";

/** Is the lock of a host free for the next run? */
export async function isFree(lab: Lab, host: string): Promise<boolean> {
  return (await lab.exec(host, `flock -n ${state} true`)).code === 0;
}

/** Seconds until the lock is free, from now; throws when it is not within `limit` seconds. */
export async function secondsUntilFree(lab: Lab, host: string, limit: number): Promise<number> {
  const began = performance.now();
  while (!(await isFree(lab, host))) {
    if (performance.now() - began > limit * 1000) throw new Error(`${host}: the lock is still held after ${limit} s`);
    await wait(100);
  }
  return (performance.now() - began) / 1000;
}

/** The files of a lock that a host keeps: none after a run that ended by itself. */
export async function lockFiles(lab: Lab, host: string): Promise<string> {
  return said(lab, host, `cd ${state} && ls | grep -E 'lock|freeze' || :`);
}
