import { spawn } from "node:child_process";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, rmdir } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { cgroup2Mount, killCgroup } from "../test/lab/cgroup.ts";

/** A program to run on the client, and what it finds there. */
export type Invocation = {
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
};

/** Bytes: the most that all processes had at once, and the most that the one had which was started. What processes share is split among them. */
export type Memory = { readonly all: number; readonly own: number };

/** How it went: `cpu` in seconds (user and system) of all its processes, `memory` where it was asked for. */
export type Measured = {
  readonly seconds: number;
  readonly cpu: number;
  readonly code: number | null;
  readonly output: string;
  readonly memory: Memory | undefined;
};

/**
 * Runs a program in a cgroup of its own, which counts what its processes use, those too that go their own ways. What
 * it leaves behind (a kept ssh connection) is ended: each run begins without one. Killed after `limit` seconds.
 */
export async function measure(
  { words, cwd, env }: Invocation,
  scratch: string,
  { watchMemory = false, limit = 600 } = {},
): Promise<Measured> {
  const group = ownGroup();
  await mkdir(group, { recursive: true });
  const log = `${scratch}/output`;
  const file = openSync(log, "w");
  const node = `${scratch}/node`;
  // What it shares with the bench's own node would count for it in part only.
  if (watchMemory) await copyFile(process.execPath, node);
  const program = watchMemory ? words.map((word) => (word === process.execPath ? node : word)) : words;
  const enter = 'echo $$ >"$0/cgroup.procs" && exec "$@"';
  const began = performance.now();
  const child = spawn("sh", ["-c", enter, group, ...program], {
    cwd,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"] ?? "/root", LANG: "C.UTF-8", ...env },
    stdio: ["ignore", file, file],
  });
  const limited = setTimeout(() => void killCgroup(group), limit * 1000);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", resolve);
  });
  const watched = watchMemory ? mostMemory(group, `${child.pid}`, ended) : undefined;
  const code = await ended;
  const seconds = (performance.now() - began) / 1000;
  clearTimeout(limited);
  closeSync(file);
  const memory = await watched;
  const cpu = await cpuSeconds(group);
  await killCgroup(group);
  await rmdir(group);
  await rm(node, { force: true });
  return { seconds, cpu, code, output: await readFile(log, "utf8"), memory };
}

/** Ends what runs, for a bench that is told to stop. */
export function abandon(): void {
  try {
    writeFileSync(`${ownGroup()}/cgroup.kill`, "1");
  } catch {
    // nothing runs
  }
}

function ownGroup(): string {
  return `${cgroup2Mount()}/bgdeploy-bench-${process.pid}`;
}

async function cpuSeconds(group: string): Promise<number> {
  const usage = /^usage_usec (\d+)/m.exec(await readFile(`${group}/cpu.stat`, "utf8"))?.[1];
  return Number(usage) / 1e6;
}

/** Looking costs time: such a run is not timed. */
async function mostMemory(group: string, main: string, until: Promise<unknown>): Promise<Memory> {
  const state = { running: true };
  void until.finally(() => (state.running = false));
  let most = { all: 0, own: 0 };
  while (state.running) {
    const pids = (await readFile(`${group}/cgroup.procs`, "utf8")).split("\n").filter((pid) => pid !== "");
    const sizes = await Promise.all(pids.map(proportionalSize));
    const all = sizes.reduce((sum, size) => sum + size, 0);
    most = { all: Math.max(most.all, all), own: Math.max(most.own, sizes[pids.indexOf(main)] ?? 0) };
    await wait(20);
  }
  return most;
}

async function proportionalSize(pid: string): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
}

/** For a helper of the bench itself: throws where it fails. */
export async function mustMeasure(invocation: Invocation, scratch: string): Promise<void> {
  const { code, output } = await measure(invocation, scratch);
  if (code !== 0) throw new Error(`${invocation.words.join(" ")} ended with ${code}:\n${output}`);
}
