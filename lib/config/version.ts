import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { quote } from "../model/shell.ts";
import { askGit, repositoryOf } from "./git.ts";
import { versionProblem } from "./names.ts";
import { isObject } from "./read.ts";
import type { Config } from "./resolved.ts";

/** A version, and in words where it came from; `undefined` where it was given. */
export type FoundVersion = { readonly version: string; readonly source: string | undefined };

/**
 * The version to release: the config's or the command line's, else `git describe --tags --always --dirty`, else package.json's.
 * What cannot stand in the name of a directory becomes a hyphen: the tag `@acme/web@1.2.0` gives `acme-web-1.2.0`.
 *
 * Throws a `UserError` where there is none, and where there is a repository that git does not read: package.json's would be
 * the same for every release.
 */
export async function findVersion({
  version,
  directory,
}: Pick<Config, "version" | "directory">): Promise<FoundVersion> {
  if (version !== undefined) return { version, source: undefined };
  const inside = await readPackage(directory);
  const git = await fromGit(directory, inside.name);
  if ("tag" in git) return named(git.tag, "git describe");
  if (inside.version === undefined) {
    throw new UserError(
      `no version found: ${git.reason}, and ${directory} has no package.json with a version. Pass --version V`,
    );
  }
  return named(inside.version, `package.json: ${git.reason}`);
}

function named(written: string, source: string): FoundVersion {
  const version = written.replaceAll(/[^\w.+-]+/g, "-").replace(/^[.-]+/, "");
  const problem = versionProblem(version);
  if (problem !== undefined) throw new UserError(`the version from ${source}, ${problem}. Pass --version V`);
  return { version, source: version === written ? source : `${source}: ${written}` };
}

async function fromGit(
  directory: string,
  name: string | undefined,
): Promise<{ readonly tag: string } | { readonly reason: string }> {
  const describe = ["describe", "--tags", "--always", "--dirty"];
  const found = await askGit(directory, describe);
  if ("said" in found) {
    // In a repository of several packages the nearest tag may be another one's.
    if (name === undefined || !found.said.includes("@") || found.said.startsWith(`${name}@`))
      return { tag: found.said };
    const own = await askGit(directory, [...describe.filter((each) => each !== "--always"), "--match", `${name}@*`]);
    return { tag: "said" in own ? own.said : found.said };
  }
  const repository = repositoryOf(directory);
  if (repository === undefined) return { reason: "this is not a git repository" };
  if (/bad revision 'HEAD'|Not a valid object name HEAD/.test(found.reason)) return { reason: "it has no commits yet" };
  const mend = found.isMissing
    ? "Install it"
    : found.reason.includes("dubious ownership")
      ? `If you trust it, type: git config --global --add safe.directory ${quote(repository)}`
      : `To inspect: git -C ${quote(repository)} status`;
  throw new UserError(
    `the version cannot be read from the git repository ${repository}: ${found.reason.replace(/^fatal: /, "")}. ${mend}. Or pass --version V`,
  );
}

async function readPackage(
  directory: string,
): Promise<{ readonly name: string | undefined; readonly version: string | undefined }> {
  try {
    const content: unknown = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
    const text = (key: string): string | undefined => {
      const value = isObject(content) ? content[key] : undefined;
      return typeof value === "string" && value !== "" ? value : undefined;
    };
    return { name: text("name"), version: text("version") };
  } catch {
    return { name: undefined, version: undefined };
  }
}
