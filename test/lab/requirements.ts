import { spawnSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { cgroup2Mount } from "./cgroup.ts";
import { mustRun, run } from "./command.ts";

/** Says in one sentence why the lab cannot run on this machine; `undefined` where it can. Changes nothing. */
export function whyLabCannotRun(): string | undefined {
  if (process.platform !== "linux") return `the lab boots Debian hosts on Linux; this is ${process.platform}.`;
  if (process.getuid?.() !== 0) return "the lab needs root for network namespaces and mounts; run it with sudo.";
  if (findProgram("apt-get") === undefined) return "the lab makes its hosts with apt-get, which is not here.";
  if (cgroup2Mount() === undefined) return "the lab needs a mounted cgroup2 file system for its hosts' systemd.";
  return whyNoNamespaces();
}

/** Installs the Debian packages that the lab needs and this machine lacks; `log` hears one line if there are any. */
export async function installPackages(log: (line: string) => void): Promise<void> {
  const missing = packages.filter(({ program }) => findProgram(program) === undefined);
  if (missing.length === 0) return;
  log(`lab: installing ${missing.map(({ name, why }) => `${name} (${why})`).join(", ")} with apt-get`);
  await run(["apt-get", "update", "-qq"]); // one foreign source that fails must not stop us; the install will tell
  await mustRun([
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    "install",
    "-y",
    "-qq",
    "--no-install-recommends",
    "-o",
    "DPkg::Lock::Timeout=300",
    ...missing.map(({ name }) => name),
  ]);
}

const packages = [
  { program: "mmdebstrap", name: "mmdebstrap", why: "builds the hosts' image" },
  { program: "systemd-nspawn", name: "systemd-container", why: "boots the hosts" },
  { program: "ip", name: "iproute2", why: "their networks" },
  { program: "ssh", name: "openssh-client", why: "the way into them" },
  { program: "rsync", name: "rsync", why: "uploads to them" },
  { program: "git", name: "git", why: "names versions" },
  { program: "curl", name: "curl", why: "downloads of releases" },
  { program: "wget", name: "wget", why: "the same without curl" },
  { program: "xz", name: "xz-utils", why: "archives of releases" },
  { program: "zstd", name: "zstd", why: "archives of releases" },
  { program: "openssl", name: "openssl", why: "a certificate that nobody trusts" },
  { program: "shellcheck", name: "shellcheck", why: "checks the helper" },
  { program: "zsh", name: "zsh", why: "its completion is tested" },
  { program: "fish", name: "fish", why: "its completion is tested" },
];

function findProgram(name: string): string | undefined {
  const path = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
  return path.split(delimiter).find((directory) => {
    try {
      accessSync(`${directory}/${name}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Inside namespaces of its own, so that nothing is left behind, whatever happens. */
function whyNoNamespaces(): string | undefined {
  const unshare = ["--mount", "--net", "--uts", "--ipc", "--pid", "--fork"];
  const { status, stderr } = spawnSync("unshare", [...unshare, "mount", "-t", "tmpfs", "none", "/run"]);
  if (status !== 0) {
    const detail = stderr?.toString().trim().split("\n")[0] ?? "unshare is missing";
    return `this machine permits no namespaces and mounts (${detail}).`;
  }
  if (/\boverlay\b/.test(readFileSync("/proc/filesystems", "utf8"))) return undefined;
  if (spawnSync("modprobe", ["overlay"]).status === 0) return undefined;
  return "this kernel has no overlay file system, which the hosts' disks are made of.";
}
