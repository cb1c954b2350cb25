import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../errors.ts";
import { versionProblem } from "./names.ts";
import { isObject } from "./read.ts";
import type { Config } from "./resolved.ts";

const run = promisify(execFile);

/**
 * The version to release: the config's or the command line's, else `git describe --always --dirty`, else package.json's.
 * Throws a `UserError` when there is none, or when git's cannot name a directory.
 */
export async function findVersion({ version, directory }: Pick<Config, "version" | "directory">): Promise<string> {
  if (version !== undefined) return version;
  const git = await fromGit(directory);
  const found = "version" in git ? git : await fromPackage(directory);
  if (found === undefined) {
    const reason = "reason" in git ? git.reason : "";
    throw new UserError(
      `there is no version: git describe says "${reason}", and ${directory} has no package.json with a version. Pass --version V`,
    );
  }
  const problem = versionProblem(found.version);
  if (problem !== undefined) throw new UserError(`the version from ${found.source}, ${problem}. Pass --version V`);
  return found.version;
}

type Found = { readonly version: string; readonly source: string };

async function fromGit(directory: string): Promise<Found | { readonly reason: string }> {
  try {
    const { stdout } = await run("git", ["describe", "--always", "--dirty"], { cwd: directory });
    return { version: stdout.trim(), source: "git describe" };
  } catch (error) {
    const output = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
    const [reason = ""] = (output === "" ? String(error) : output).trim().split("\n");
    return { reason };
  }
}

async function fromPackage(directory: string): Promise<Found | undefined> {
  try {
    const content: unknown = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
    const version = isObject(content) ? content["version"] : undefined;
    return typeof version === "string" ? { version, source: "package.json" } : undefined;
  } catch {
    return undefined;
  }
}
