import { spawnSync } from "node:child_process";
import type { Stats } from "node:fs";
import { lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import { quote } from "../model/shell.ts";
import type { ClientEnv } from "./environment.ts";
import { ownUser } from "./own-user.ts";
import { say } from "./path.ts";

/** Why a file is not trusted, and what mends that; `undefined` where only we or root can have written it. */
export type TrustCheck = (path: string) => { readonly why: string; readonly mend: string } | undefined;

/** For what was named on the command line: whoever types a name trusts it. */
export const trustAll: TrustCheck = () => undefined;

/**
 * Trusts no file when it, its directory, or the directory of a link that leads to it belongs to another user than us and
 * root, or can be written by others. Under sudo, who called it counts as us (as for git's safe.directory). A file that does
 * not exist is trusted.
 *
 * A group may write where it is somebody's own (Debian's, for a umask of 002): it has the name of one of us, and no other
 * members. The directories above are not looked at: what is put in our directory's place there is not ours, and is refused.
 */
export function makeTrustCheck(env: ClientEnv): TrustCheck {
  const trusted = trustedUsers(env);
  // A Windows has no owners.
  if (ownUser().uid < 0) return trustAll;
  // With a umask of 002 a group may write each of a hundred modules: it is looked up once.
  const groups = new Map<number, boolean>();
  const isOwn = (gid: number): boolean => {
    const known = groups.get(gid) ?? isOwnGroup(gid, trusted);
    groups.set(gid, known);
    return known;
  };
  const known = new Map<string, ReturnType<TrustCheck>>();
  const againstDirectory = (directory: string): ReturnType<TrustCheck> => {
    if (!known.has(directory)) known.set(directory, reasonAgainst(directory, statSync(directory), trusted, isOwn));
    return known.get(directory);
  };
  const check = (path: string, links: number): ReturnType<TrustCheck> => {
    const directory = realpathSync(dirname(path));
    const file = join(directory, basename(path));
    const stats = lstatSync(file);
    if (!stats.isSymbolicLink()) return reasonAgainst(file, stats, trusted, isOwn) ?? againstDirectory(directory);
    // The kernel follows no more than 40 (path_resolution(7)).
    return (
      againstDirectory(directory) ?? (links > 40 ? undefined : check(resolve(directory, readlinkSync(file)), links + 1))
    );
  };
  return (path) => {
    try {
      return check(path, 0);
    } catch (error) {
      if (error instanceof Error && "code" in error) return undefined;
      throw error;
    }
  };
}

/** Throws a `UserError` for a file that is not trusted. `use`: what does not happen. */
export function refuseUntrustedFile(path: string, use: string, trust: TrustCheck): void {
  const found = trust(path);
  if (found === undefined) return;
  throw new UserError([
    `${path} is not ${use}: ${found.why}`,
    `If you trust it, name the config: --config FILE. To fix: ${found.mend}`,
  ]);
}

/** The same for a file that the config names at `place`, beside its other problems. */
export function fileTrustProblems(path: string | undefined, place: string, trust: TrustCheck): readonly string[] {
  const found = path === undefined ? undefined : trust(path);
  return found === undefined ? [] : [say(place, `${path} is not used: ${found.why}. To fix: ${found.mend}`)];
}

type User = { readonly uid: number; readonly name: string };

function trustedUsers(env: ClientEnv): readonly User[] {
  const { uid, name } = ownUser();
  const caller = Number(env["SUDO_UID"]);
  const isSudo = uid === 0 && /^\d+$/.test(env["SUDO_UID"] ?? "");
  return [
    { uid: 0, name: "root" },
    { uid, name },
    ...(isSudo ? [{ uid: caller, name: nameOf("passwd", caller) ?? "" }] : []),
  ];
}

function reasonAgainst(
  path: string,
  { uid, gid, mode }: Stats,
  trusted: readonly User[],
  isOwn: (gid: number) => boolean,
): ReturnType<TrustCheck> {
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
