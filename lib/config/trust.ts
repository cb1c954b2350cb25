import { spawnSync } from "node:child_process";
import type { Stats } from "node:fs";
import { lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import { quote } from "../model/shell.ts";
import type { ClientEnv } from "./environment.ts";
import { say } from "./path.ts";

/** Why a file could be somebody else's work, and what mends that. `undefined`: only we or root can have written it. */
export type Doubt = (path: string) => { readonly why: string; readonly mend: string } | undefined;

/** For what was named on the command line: whoever types a name has decided. */
export const noDoubt: Doubt = () => undefined;

/**
 * Doubts a file when it, its directory, or the directory of a link that leads to it belongs to another user than us and
 * root, or can be written by others. Under sudo, who called it counts as us (as for git's safe.directory). A file that does
 * not exist is not doubted.
 *
 * A group may write where it is somebody's own (Debian's, for a umask of 002): it has the name of one of us, and no other
 * members. The directories above are not looked at: what is put in our directory's place there is not ours, and is refused.
 */
export function doubtOthers(env: ClientEnv): Doubt {
  const trusted = trustedUsers(env);
  // A Windows has no owners.
  if (userInfo().uid < 0) return noDoubt;
  // With a umask of 002 a group may write each of a hundred modules: it is looked up once.
  const groups = new Map<number, boolean>();
  const isOwn = (gid: number): boolean => {
    const known = groups.get(gid) ?? isOwnGroup(gid, trusted);
    groups.set(gid, known);
    return known;
  };
  const known = new Map<string, ReturnType<Doubt>>();
  const directoryDoubt = (directory: string): ReturnType<Doubt> => {
    if (!known.has(directory)) known.set(directory, ownDoubt(directory, statSync(directory), trusted, isOwn));
    return known.get(directory);
  };
  const doubt = (path: string, links: number): ReturnType<Doubt> => {
    const directory = realpathSync(dirname(path));
    const file = join(directory, basename(path));
    const stats = lstatSync(file);
    if (!stats.isSymbolicLink()) return ownDoubt(file, stats, trusted, isOwn) ?? directoryDoubt(directory);
    // The kernel follows no more than 40 (path_resolution(7)).
    return (
      directoryDoubt(directory) ?? (links > 40 ? undefined : doubt(resolve(directory, readlinkSync(file)), links + 1))
    );
  };
  return (path) => {
    try {
      return doubt(path, 0);
    } catch (error) {
      if (error instanceof Error && "code" in error) return undefined;
      throw error;
    }
  };
}

/** Throws a `UserError` for a file that is doubted. `use`: what does not happen. */
export function refuseDoubted(path: string, use: string, doubt: Doubt): void {
  const found = doubt(path);
  if (found === undefined) return;
  throw new UserError([
    `${path} is not ${use}: ${found.why}`,
    `If you trust it, name the config: --config FILE. To fix: ${found.mend}`,
  ]);
}

/** The same for a file that the config names at `place`, beside its other problems. */
export function doubtProblem(path: string | undefined, place: string, doubt: Doubt): readonly string[] {
  const found = path === undefined ? undefined : doubt(path);
  return found === undefined ? [] : [say(place, `${path} is not used: ${found.why}. To fix: ${found.mend}`)];
}

type User = { readonly uid: number; readonly name: string };

function trustedUsers(env: ClientEnv): readonly User[] {
  const { uid, username } = userInfo();
  const caller = Number(env["SUDO_UID"]);
  const isSudo = uid === 0 && /^\d+$/.test(env["SUDO_UID"] ?? "");
  return [
    { uid: 0, name: "root" },
    { uid, name: username },
    ...(isSudo ? [{ uid: caller, name: nameOf("passwd", caller) ?? "" }] : []),
  ];
}

function ownDoubt(
  path: string,
  { uid, gid, mode }: Stats,
  trusted: readonly User[],
  isOwn: (gid: number) => boolean,
): ReturnType<Doubt> {
  if (!trusted.some((user) => user.uid === uid)) {
    const owner = nameOf("passwd", uid) ?? `the user ${uid}`;
    return { why: `${path} belongs to ${owner}`, mend: `sudo chown ${trusted[1]?.name ?? ""} ${quote(path)}` };
  }
  if ((mode & 0o002) !== 0) {
    return { why: `every user can write ${path}`, mend: `chmod o-w ${quote(path)}` };
  }
  if ((mode & 0o020) !== 0 && !isOwn(gid)) {
    const group = nameOf("group", gid) ?? String(gid);
    return { why: `the group ${group} can write ${path}`, mend: `chmod g-w ${quote(path)}` };
  }
  return undefined;
}

function isOwnGroup(gid: number, trusted: readonly User[]): boolean {
  const [name, , , members = ""] = entryOf("group", gid);
  const names = trusted.map((user) => user.name);
  return (
    name !== undefined &&
    names.includes(name) &&
    members.split(",").every((each) => each === "" || names.includes(each))
  );
}

function nameOf(database: "passwd" | "group", id: number): string | undefined {
  return entryOf(database, id)[0];
}

/** A line of passwd(5) or group(5), from wherever this machine has its users. */
function entryOf(database: "passwd" | "group", id: number): readonly string[] {
  const { stdout, status } = spawnSync("getent", [database, String(id)], { encoding: "utf8", timeout: 5000 });
  return status === 0 ? stdout.trimEnd().split(":") : [];
}
