import { execFile } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { askGit } from "../../config/git.ts";
import type { Config } from "../../config/resolved.ts";
import { findVersion } from "../../config/version.ts";
import { UserError } from "../../errors.ts";
import { readDist } from "../../config/dist.ts";
import type { Client } from "../../doctor/client.ts";
import { linkMode } from "../stage.ts";
import { installLine } from "../programs.ts";
import type { World } from "../world.ts";

const run = promisify(execFile);

/** Reads this machine. `lacking`: what the config misses here, as sentences. */
export async function readClient(config: Config, lacking: readonly string[], world: World): Promise<Client> {
  const { app } = config.hosts[0];
  const [ssh, rsync, unnamed, reading, shipped, exposed, git] = await Promise.all([
    versionOf("ssh", ["-V"]),
    versionOf("rsync", ["--version"]),
    whyUnnamed(config),
    readDist(app, linkMode(config)),
    secretFiles(app.dist, true),
    exposedFiles(config.directory),
    readGit(config.directory),
  ]);
  const { bytes, files } = reading.dist;
  const dist = { path: app.dist, load: { bytes, files }, problems: reading.problems };
  const installs = { ssh: installLine("ssh", world), rsync: installLine("rsync", world) };
  return { node: world.nodeVersion, ssh, rsync, installs, config: lacking, dist, unnamed, shipped, exposed, git };
}

/** `undefined` where there is no such program; one that does not tell is there all the same. */
async function versionOf(file: string, words: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(file, words, { timeout: 10_000 });
    return `${stdout}${stderr}`.trimEnd();
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOENT" ? undefined : "";
  }
}

async function whyUnnamed(config: Config): Promise<readonly string[]> {
  try {
    await findVersion(config);
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
}

/** Names that people give to files with secrets in them. */
const secretName = /^\.env(\..+)?$|\.(key|p12|pfx)$|^id_(rsa|dsa|ecdsa|ed25519)$/;
const harmless = /\.(example|sample|template|dist)$/;

async function secretFiles(directory: string, recursive: boolean): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && secretName.test(entry.name) && !harmless.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

async function exposedFiles(directory: string): Promise<readonly string[]> {
  const files = await secretFiles(directory, false);
  const modes = await Promise.all(files.map(async (file) => (await stat(file)).mode));
  return files.filter((_, index) => ((modes[index] ?? 0) & 0o004) !== 0);
}

async function readGit(directory: string): Promise<Client["git"]> {
  const git = async (...words: readonly string[]): Promise<string | undefined> => {
    const answer = await askGit(directory, ["--no-optional-locks", ...words]);
    return "said" in answer ? answer.said : undefined;
  };
  const changes = await git("status", "--porcelain");
  if (changes === undefined) return undefined;
  const remotes = await git("remote");
  const ahead = remotes ? await git("rev-list", "--count", "HEAD", "--not", "--remotes") : undefined;
  return {
    changes: changes.split("\n").filter((line) => line !== "").length,
    unpushed: ahead === undefined ? undefined : Number(ahead),
  };
}
