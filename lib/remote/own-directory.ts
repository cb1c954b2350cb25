import { lstat, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import type { Server } from "node:net";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { geteuid } from "node:process";
import { UserError } from "../errors.ts";

/** A directory of ours on this machine, which nobody else may look into. */
export type OwnDirectory = {
  readonly path: string;
  /** Its files go, too. */
  remove(): Promise<void>;
};

const begin = "bgd-";

/** A socket on which nobody speaks: as long as a client lives it answers, from every container that sees the directory. */
const alive = "alive";

/** Milliseconds in which a directory is left alone, whatever answers there: it may just be made, or be an older bgdeploy's. */
const young = 3_600_000;

/** More are left for the next time. */
const mostSwept = 100;

/** What killed clients left is removed meanwhile. `name`: a part of its name. Throws a `UserError` where `temporary` cannot be used. */
export async function makeOwnDirectory(temporary: string, name = ""): Promise<OwnDirectory> {
  const { path, server } = await usable(temporary, async () => {
    const made = await mkdtemp(join(temporary, `${begin}${name}`));
    return { path: made, server: await listen(join(made, alive)) };
  });
  void sweep(temporary, path).catch(() => {});
  return {
    path,
    async remove() {
      server.close();
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Writes a file of such a directory, which only we may read. Throws a `UserError` where the disk has no room for it. */
export function writeOwnFile(path: string, text: string): Promise<void> {
  return usable(dirname(dirname(path)), () => writeFile(path, text, { mode: 0o600 }));
}

async function usable<T>(temporary: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const reason = reasons[code];
    if (reason === undefined) throw error;
    const [why, mend] = reason;
    throw new UserError(`bgdeploy keeps its sockets in ${temporary}, ${why}. ${mend}`, { cause: error });
  }
}

const another = "or set TMPDIR to another directory";

const reasons: Readonly<Record<string, readonly [why: string, mend: string]>> = {
  ENOENT: ["which does not exist", `Create it, ${another}`],
  ENOTDIR: ["which is not a directory", "Set TMPDIR to one"],
  EACCES: ["where you may not write", "Set TMPDIR to a directory where you may"],
  EPERM: ["where you may not write", "Set TMPDIR to a directory where you may"],
  EROFS: ["which is read-only", "Set TMPDIR to a directory where you may write"],
  ENOSPC: ["where the disk is full", `Make room there, ${another}`],
  EDQUOT: ["where your quota is used up", `Make room there, ${another}`],
};

function listen(path: string): Promise<Server> {
  const { promise, resolve, reject } = Promise.withResolvers<Server>();
  const server = createServer((socket) => socket.destroy());
  server.on("error", reject);
  server.listen(path, () => resolve(server));
  server.unref();
  return promise;
}

/**
 * Removes the directories of clients that were killed: those that are ours, of some age, and where no socket answers. Nothing is
 * removed where another user could put a link in the place of what was looked at.
 */
async function sweep(temporary: string, own: string): Promise<void> {
  const uid = geteuid?.();
  const place = await stat(temporary);
  const isShared = (place.mode & 0o022) !== 0 && (place.mode & 0o1000) === 0;
  if (uid === undefined || isShared || (place.uid !== 0 && place.uid !== uid)) return;
  const names = (await readdir(temporary)).filter((name) => /^bgd-(join-)?\w{6}$/.test(name));
  const { mtimeMs: now } = await lstat(own);
  for (const name of names.slice(0, mostSwept)) {
    const path = join(temporary, name);
    // oxlint-disable-next-line no-await-in-loop -- in no hurry, and beside the run
    if (await isLeft(path, uid, now).catch(() => false)) await rm(path, { recursive: true, force: true });
  }
}

async function isLeft(path: string, uid: number, now: number): Promise<boolean> {
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0 || now - found.mtimeMs < young)
    return false;
  const entries = await readdir(path, { withFileTypes: true });
  const sockets = entries.filter((entry) => entry.isSocket()).map((entry) => answers(join(path, entry.name)));
  return !(await Promise.all(sockets)).includes(true);
}

/** Only a socket that nobody holds any more refuses at once. */
function answers(socket: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const connection = connect(socket, () => resolve(true));
  connection.on("error", (error) => resolve(!("code" in error && error.code === "ECONNREFUSED")));
  return promise.finally(() => connection.destroy());
}
