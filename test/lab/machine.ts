import { spawn } from "node:child_process";
import { mkdir, open, readFile } from "node:fs/promises";
import { realpathSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { cgroup, emptied, initOf, killCgroup, makeCgroup, removeCgroup } from "./cgroup.ts";
import { type Output, run } from "./command.ts";
import { LabError } from "./lab-error.ts";
import { plugIn, setLink, unplug } from "./network.ts";
import { consoleLog, kernelName, machineRoot } from "./places.ts";
import { type LabRecord, type Machine } from "./record.ts";

/** Is the machine switched on? */
export function isOn({ id }: LabRecord, { name }: Machine): boolean {
  return initOf(cgroup(id, name)) !== undefined;
}

/**
 * Boots a machine from its disk. Resolves when its systemd has started all that it starts at boot (so that `systemctl
 * start` works and nginx, where enabled, is up) and its sshd answers. Does nothing if it is on. Throws a LabError.
 */
export async function boot(record: LabRecord, machine: Machine): Promise<void> {
  if (isOn(record, machine)) return;
  await kill(record, machine); // it may have powered itself off, which leaves its namespace and cgroup
  const group = cgroup(record.id, machine.name);
  await makeCgroup(group);
  const netns = await plugIn(record.id, machine);
  await startContainer(record, machine, group, netns);
  await ready(record, machine, group);
}

/**
 * Pulls the plug: every process of the machine ends at once and its network falls silent, without a FIN or RST. What it had
 * written but not yet synced is kept all the same, for this machine's kernel holds it. Does nothing if it is off.
 */
export async function kill(record: LabRecord, machine: Machine): Promise<void> {
  const group = cgroup(record.id, machine.name);
  if (isOn(record, machine)) await setLink(record.id, machine, "down"); // first, or the kernel says goodbye to its peers
  await killCgroup(`${group}/payload`);
  // nspawn tidies up after its container; what does not end by itself is ended.
  if (!(await emptied(group, 2000))) await killCgroup(group);
  await unplug(record.id, machine);
  await removeCgroup(group);
}

/** Runs a shell command as root inside the machine, past ssh and the network. Throws a LabError if the machine is off. */
export async function exec(record: LabRecord, machine: Machine, command: string, input?: string): Promise<Output> {
  const init = initOf(cgroup(record.id, machine.name));
  if (init === undefined) throw new LabError(`${machine.name} is off.`);
  return run(inside(init, command), input);
}

/** The words that run a shell command inside the machine whose PID 1 is `init` here, with an environment of its own. */
export function inside(init: number, command: string): readonly string[] {
  const environment = [
    "HOME=/root",
    "USER=root",
    "LANG=C.UTF-8",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  ];
  const script = 'cd; exec sh -c -- "$1"';
  return ["nsenter", "-t", `${init}`, "--all", "env", "-i", ...environment, "sh", "-c", script, "sh", command];
}

async function startContainer({ id }: LabRecord, { name }: Machine, group: string, netns: string): Promise<void> {
  await mkdir(`${machineRoot(id, name)}/..`, { recursive: true });
  const log = await open(consoleLog(id, name), "a", 0o600);
  const words = [
    "systemd-nspawn",
    "--quiet",
    "--boot",
    "--keep-unit",
    "--register=no",
    "--console=pipe",
    "-D",
    machineRoot(id, name),
    `--machine=${kernelName(id, name)}`,
    `--hostname=${name}`,
    `--network-namespace-path=${netns}`,
    "--resolv-conf=off",
    "--timezone=off",
    "--link-journal=no",
    ...lentNode(),
  ];
  try {
    // The shell enters the cgroup before anything else; if the lab has been cleared meanwhile, it fails and nothing starts.
    const child = spawn("sh", ["-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', group, ...words], {
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
      cwd: "/",
      // A tmpfs on /tmp would be lost with the power and hidden from `root`; Debian's /tmp is on the disk.
      env: { PATH: process.env["PATH"], SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1", SYSTEMD_NSPAWN_TMPFS_TMP: "0" },
    });
    child.on("error", () => undefined); // `ready` finds that nothing runs
    child.unref();
  } finally {
    await log.close();
  }
}

/** The machine's own Node, for the apps on the hosts. One that is too old for them is not lent. */
function lentNode(): readonly string[] {
  if (Number.parseInt(process.versions.node, 10) < 22) return [];
  return [`--bind-ro=${realpathSync(process.execPath)}:/usr/local/bin/node`];
}

async function ready(record: LabRecord, machine: Machine, group: string): Promise<void> {
  const end = performance.now() + 60_000;
  while (performance.now() < end) {
    const init = initOf(group);
    if (init === undefined) {
      await sleep(10);
      continue;
    }
    const { stdout } = await run(inside(init, "systemctl is-system-running --wait"));
    if (/running|degraded/.test(stdout) && (await sshdAnswers(machine.address))) return;
    await sleep(20);
  }
  const log = await readFile(consoleLog(record.id, machine.name), "utf8").catch(() => "");
  throw new LabError(
    `${machine.name} did not boot within 60 s. Its console:\n${log.trim().split("\n").slice(-15).join("\n")}`,
  );
}

/** RFC 4253: the server speaks first, and its line begins with "SSH-". */
function sshdAnswers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 1000 });
    const answer = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once("data", (data) => answer(data.toString().startsWith("SSH-")));
    socket.once("timeout", () => answer(false));
    socket.once("error", () => answer(false));
    socket.once("close", () => answer(false));
  });
}
