import { glob as findFiles, readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import type { Line } from "ssh-config";
import { isGlob, matches } from "./glob.ts";
import { show } from "./path.ts";

/** The hosts that an ssh_config knows. */
export type SshHosts = {
  /** The file's name in messages. */
  readonly shown: string;
  /** The user named this file: a host that it does not know is then probably a slip. */
  readonly isExplicit: boolean;
  /** Literal names, as they stand in the file. */
  readonly names: readonly string[];
  /** Does a pattern of the file, other than `*`, speak of this name? */
  readonly covers: (name: string) => boolean;
  /** Why the file could not be read. */
  readonly problem: string | undefined;
};

/** The patterns of one Host line, or of a Match by the name that was typed. */
type PatternList = { readonly keyword: "host" | "match"; readonly patterns: readonly string[] };

/** The deepest chain of Includes that ssh follows (READCONF_MAX_DEPTH in OpenSSH's readconf.c). */
const maxDepth = 16;

/**
 * Reads the Host names of an ssh_config and of what it includes.
 *
 * @param file absolute path; `undefined` for `~/.ssh/config`, which need not exist.
 * @param shown the file as the user wrote it.
 */
export async function readSshHosts(
  file: string | undefined,
  shown: string | undefined,
  home: string,
): Promise<SshHosts> {
  const path = file ?? join(home, ".ssh/config");
  const about = { shown: shown ?? "~/.ssh/config", isExplicit: file !== undefined && file !== "/dev/null" };
  try {
    const lists = await readPatterns(path, join(home, ".ssh"), 0);
    const hosts = lists.filter((list) => list.keyword === "host").flatMap((list) => list.patterns);
    const names = hosts.filter((pattern) => !isGlob(pattern) && !pattern.startsWith("!"));
    return {
      ...about,
      names: [...new Set(names)],
      covers: (name) => lists.some((list) => speaksOf(list, name)),
      problem: undefined,
    };
  } catch (error) {
    const none = { ...about, names: [], covers: () => false };
    if (isMissing(error))
      return { ...none, problem: about.isExplicit ? `${show(about.shown)} does not exist` : undefined };
    const reason = error instanceof Error ? error.message : show(error);
    return { ...none, problem: `${show(about.shown)} cannot be read: ${reason}` };
  }
}

async function readPatterns(file: string, base: string, depth: number): Promise<readonly PatternList[]> {
  const { default: SSHConfig } = await import("ssh-config");
  return patternsOf(SSHConfig.parse(await readFile(file, "utf8")), base, depth);
}

async function patternsOf(lines: readonly Line[], base: string, depth: number): Promise<readonly PatternList[]> {
  const lists: PatternList[] = [];
  for (const line of lines) {
    if (!("param" in line)) continue;
    const keyword = line.param.toLowerCase();
    if (keyword === "host") lists.push({ keyword, patterns: wordsOf(line.value) });
    if (keyword === "match" && "criteria" in line) lists.push({ keyword, patterns: matchedNames(line.criteria) });
    if (keyword === "include" && depth < maxDepth) lists.push(...(await included(wordsOf(line.value), base, depth)));
    if ("config" in line) lists.push(...(await patternsOf(line.config, base, depth)));
  }
  return lists;
}

/**
 * ssh_config(5): Include takes globs; a relative path starts at ~/.ssh (in any file that a user names, too); what does
 * not exist or may not be read is passed over.
 */
async function included(words: readonly string[], base: string, depth: number): Promise<readonly PatternList[]> {
  const lists: PatternList[] = [];
  for (const word of words) {
    const path = word.startsWith("~/")
      ? join(dirname(base), word.slice(2))
      : isAbsolute(word)
        ? word
        : join(base, word);
    for (const file of /[*?[]/.test(path) ? await matchingFiles(path) : [path]) {
      lists.push(...(await readPatterns(file, base, depth + 1).catch((error: unknown) => passOver(error))));
    }
  }
  return lists;
}

/** In lexical order, as ssh reads them. */
async function matchingFiles(pattern: string): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const file of findFiles(pattern)) files.push(file);
  return files.toSorted();
}

function passOver(error: unknown): readonly [] {
  if (isMissing(error)) return [];
  throw error;
}

function matchedNames(criteria: Readonly<Record<string, unknown>>): readonly string[] {
  const patterns = Object.entries(criteria).find(([name]) => /^(original)?host$/i.test(name))?.[1];
  return typeof patterns === "string" ? patterns.split(",") : [];
}

function wordsOf(value: string | readonly { readonly val: string }[]): readonly string[] {
  return typeof value === "string" ? [value] : value.map((word) => word.val);
}

function speaksOf({ patterns }: PatternList, name: string): boolean {
  if (patterns.some((pattern) => pattern.startsWith("!") && matches(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => pattern !== "*" && !pattern.startsWith("!") && matches(pattern, name));
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "EACCES" || code === "ENOTDIR";
}
