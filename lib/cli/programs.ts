import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { UserError } from "../errors.ts";
import { rsyncProblem } from "../doctor/client.ts";
import { ownVersion } from "../remote/rsync-choices.ts";
import type { World } from "./world.ts";

type Machine = Pick<World, "env" | "platform">;

/** What a package manager is told, and what it calls the package of ssh. */
const managers = [
  { program: "apt-get", line: "sudo apt-get install", ssh: "openssh-client" },
  { program: "dnf", line: "sudo dnf install", ssh: "openssh-clients" },
  { program: "yum", line: "sudo yum install", ssh: "openssh-clients" },
  { program: "apk", line: "sudo apk add", ssh: "openssh-client" },
  { program: "pacman", line: "sudo pacman -S", ssh: "openssh" },
  { program: "zypper", line: "sudo zypper install", ssh: "openssh-clients" },
] as const;

/** @example "sudo apt-get install rsync", or "brew install rsync" on a Mac */
export function installLine(program: "ssh" | "rsync", machine: Machine): string {
  const found = managers.find((each) => findProgram(each.program, machine) !== undefined);
  if (machine.platform === "darwin" || (found === undefined && findProgram("brew", machine) !== undefined))
    return `brew install ${program === "ssh" ? "openssh" : program}`;
  const { line, ssh } = found ?? managers[0];
  return `${line} ${program === "ssh" ? ssh : program}`;
}

/** Throws a `UserError` where there is no ssh on this machine. */
export function requireSsh(machine: Machine): void {
  if (findProgram("ssh", machine) === undefined)
    throw new UserError(`ssh is not installed on this machine. Install it: ${installLine("ssh", machine)}`);
}

/** Throws a `UserError` where the rsync of this machine cannot send a release: none, another program of that name, or an old one. */
export async function requireRsync(machine: Machine): Promise<void> {
  const path = findProgram("rsync", machine);
  const install = installLine("rsync", machine);
  if (path === undefined) throw new UserError(`rsync is not installed on this machine. Install it: ${install}`);
  const problem = rsyncProblem(await ownVersion(), path);
  if (problem !== undefined) throw new UserError(`${problem}. Install the usual one: ${install}`);
}

function findProgram(name: string, { env }: Machine): string | undefined {
  const places = (env["PATH"] ?? "").split(delimiter).map((place) => join(place, name));
  return places.find((path) => isProgram(path));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
