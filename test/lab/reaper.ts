import { spawn } from "node:child_process";
import { readdir, readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { cgroup, cgroupsIn, emptied, killCgroup, removeCgroup } from "./cgroup.ts";
import { run } from "./command.ts";
import { removeNetwork } from "./network.ts";
import { kernelName, labDirectory, labDisks } from "./places.ts";
import { claimedIds, isLive, readRecord } from "./record.ts";

/** Clears every lab that nobody wants any more. The caller holds the lock. */
export async function reapDeadLabs(): Promise<void> {
  for (const id of await claimedIds()) {
    const record = await readRecord(id);
    // One without a record was being claimed by a process that died holding the lock.
    if (record === undefined || !isLive(record)) await clearLab(id);
  }
}

/** Clears lab `id`: found by names alone, so that a half-made or half-cleared one goes as well. Safe to run twice. */
export async function clearLab(id: number): Promise<void> {
  const group = cgroup(id);
  // First what is inside the machines: each nspawn then tidies up after its own and ends by itself.
  await Promise.all(cgroupsIn(group).map((machine) => killCgroup(`${machine}/payload`)));
  if (!(await emptied(group, 1000))) await killCgroup(group);
  await removeNetwork(id);
  await unmountBelow(labDirectory(id));
  await unmountBelow(labDisks(id));
  await removeCgroup(group);
  await removeNspawnTraces(id);
  for (const directory of [labDisks(id), labDirectory(id)]) await run(["rm", "-rf", "--one-file-system", directory]);
}

/** A process that outlives its lab's owner, however that ends, and then clears the lab. */
export interface Watchdog {
  /** Lets it go: the lab is down, or is to live on without an owner. */
  release(): void;
}

/** Starts the watchdog of lab `id` for this process: a shell that waits for the end of a pipe from here. */
export function startWatchdog(id: number): Watchdog {
  const reap = join(import.meta.dirname, "reap.ts");
  const script = 'read -r line || exec "$0" "$@"';
  const child = spawn("sh", ["-c", script, process.execPath, reap, `${id}`], {
    detached: true, // or Ctrl-C would take it along
    stdio: ["pipe", "ignore", "ignore"],
    cwd: "/",
    env: { PATH: process.env["PATH"] },
  });
  child.on("error", () => undefined); // the next lab reaps what it would have
  child.unref();
  const { stdin } = child;
  stdin.on("error", () => undefined);
  if ("unref" in stdin && typeof stdin.unref === "function") stdin.unref();
  return { release: () => void stdin.end("down\n") };
}

/** Lazily, because a test may still stand in one of those directories. */
async function unmountBelow(directory: string): Promise<void> {
  const table = await readFile("/proc/self/mounts", "utf8");
  const paths = table.split("\n").map((line) => line.split(" ")[1] ?? "");
  const ours = paths.filter((path) => path === directory || path.startsWith(`${directory}/`)).toReversed();
  if (ours.length > 0) await run(["umount", "--lazy", ...ours]);
}

/** What nspawn leaves behind when it is itself killed. */
async function removeNspawnTraces(id: number): Promise<void> {
  const base = "/run/systemd/nspawn";
  for (const kind of await readdir(base).catch(() => [])) {
    const names = await readdir(join(base, kind)).catch(() => []);
    for (const name of names.filter((name) => name.startsWith(`${kernelName(id)}-`))) {
      await unmountBelow(join(base, kind, name));
      await rmdir(join(base, kind, name)).catch(() =>
        rm(join(base, kind, name), { force: true }).catch(() => undefined),
      );
    }
  }
}
