import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { LabError } from "./lab-error.ts";

/**
 * The cgroup of a lab, or of one machine of it. Every process of a machine is in it from its first moment, so it answers
 * "which processes are ours?" without pid files, and `cgroup.kill` ends them all at once.
 */
export function cgroup(id: number, machine?: string): string {
  return [cgroupMount(), "bgdeploy-lab", id, ...(machine === undefined ? [] : [machine])].join("/");
}

/** The cgroups right below one. */
export function cgroupsIn(path: string): readonly string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${path}/${name}`);
  } catch {
    return [];
  }
}

/** Makes the cgroup and those above it. */
export async function makeCgroup(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
}

/** Where cgroup2 is mounted: alone, or beside version 1 ("hybrid"). `undefined` where it is not. */
export function cgroup2Mount(): string | undefined {
  const mount = mounts().find(({ type }) => type === "cgroup2");
  return mount?.path;
}

/** SIGKILL to every process in the cgroup and below, at once (cgroups(7), `cgroup.kill`, Linux 5.14); waits for their end. */
export async function killCgroup(path: string): Promise<void> {
  await writeFile(`${path}/cgroup.kill`, "1").catch(() => undefined);
  if (!(await emptied(path, 10_000))) throw new LabError(`Processes in ${path} do not die.`);
}

/** Waits until no process is in the cgroup or below it: `true`, or `false` after `timeout` milliseconds. */
export async function emptied(path: string, timeout: number): Promise<boolean> {
  const end = performance.now() + timeout;
  for (;;) {
    const events = await readFile(`${path}/cgroup.events`, "utf8").catch(() => "populated 0");
    if (events.includes("populated 0")) return true;
    if (performance.now() > end) return false;
    await sleep(5);
  }
}

/** Removes the cgroup and all below it, also from systemd's own hierarchy, where nspawn mirrors it on a hybrid machine. */
export async function removeCgroup(path: string): Promise<void> {
  const relative = path.slice(cgroupMount().length);
  const mirrors = mounts().filter(({ type, options }) => type === "cgroup" && options.includes("name=systemd"));
  for (const mount of [cgroupMount(), ...mirrors.map((mirror) => mirror.path)]) await removeTree(mount + relative);
}

/** The pid of the systemd that is PID 1 inside the machine; `undefined` while there is none. */
export function initOf(path: string): number | undefined {
  return processes(`${path}/payload`).find((pid) => {
    const status = read(`/proc/${pid}/status`);
    return /^Name:\s+systemd$/m.test(status) && /^NSpid:\s+\d+\s+1$/m.test(status);
  });
}

function cgroupMount(): string {
  const mount = cgroup2Mount();
  if (mount === undefined) throw new LabError("No cgroup2 file system is mounted.");
  return mount;
}

function mounts(): readonly { readonly path: string; readonly type: string; readonly options: readonly string[] }[] {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .map(([, path = "", type = "", options = ""]) => ({ path, type, options: options.split(",") }));
}

/** The pids in a cgroup and below. */
function processes(path: string): readonly number[] {
  const own = read(`${path}/cgroup.procs`).split("\n").filter(Boolean).map(Number);
  return [...own, ...cgroupsIn(path).flatMap(processes)];
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

async function removeTree(path: string): Promise<void> {
  for (const child of cgroupsIn(path)) await removeTree(child);
  for (let tries = 0; tries < 50; tries++) {
    const done = await rmdir(path).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === "ENOENT",
    );
    if (done) return;
    await sleep(10); // the kernel still says EBUSY for a moment after the last process
  }
}
