import { glob as findFiles, readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { Line } from "ssh-config";
import type { ClientEnv } from "./environment.ts";
import { isGlob, matches } from "./glob.ts";
import { show } from "./path.ts";

/** The names in an ssh_config. They serve globs and suggestions: what a host that is named comes to, ssh alone decides. */
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
  /** Lines that could not be understood, although ssh may: there may be more names. */
  readonly unclear: readonly string[];
};

/** The patterns of one Host line, or of a Match by the name that was typed. */
type PatternList = { readonly keyword: "host" | "match"; readonly patterns: readonly string[] };

/** What was found, or a line that was not understood. */
type Found = PatternList | { readonly keyword: "unclear"; readonly line: string };

/** Where Includes start, the environment that they may name, and how deep in them we are. */
type Way = { readonly home: string; readonly env: ClientEnv; readonly depth: number };

/** The deepest chain of Includes that ssh follows (READCONF_MAX_DEPTH in OpenSSH's readconf.c). */
const maxDepth = 16;

/**
 * Reads the Host names of an ssh_config and of what it includes.
 *
 * @param file absolute path; `undefined` for `~/.ssh/config`, which need not exist.
 * @param shown the file as the user wrote it.
 * @param env what `${NAME}` in an Include stands for.
 */
export async function readSshHosts(
  file: string | undefined,
  shown: string | undefined,
  home: string,
  env: ClientEnv,
): Promise<SshHosts> {
  const path = file ?? join(home, ".ssh/config");
  const about = { shown: shown ?? "~/.ssh/config", isExplicit: file !== undefined && file !== "/dev/null" };
  try {
    const found = await readFound(path, { home, env, depth: 0 });
    const lists = found.filter((each) => each.keyword !== "unclear");
    const hosts = lists.filter((list) => list.keyword === "host").flatMap((list) => list.patterns);
    const names = hosts.filter((pattern) => !isGlob(pattern) && !pattern.startsWith("!"));
    return {
      ...about,
      names: [...new Set(names)],
      covers: (name) => lists.some((list) => speaksOf(list, name)),
      problem: undefined,
      unclear: found.flatMap((each) => (each.keyword === "unclear" ? [each.line] : [])),
    };
  } catch (error) {
    const none = { ...about, names: [], covers: () => false, unclear: [] };
    if (isMissing(error))
      return { ...none, problem: about.isExplicit ? `${show(about.shown)} does not exist` : undefined };
    const reason = error instanceof Error ? error.message : show(error);
    return { ...none, problem: `${show(about.shown)} cannot be read: ${reason}` };
  }
}

/** Line by line: of all other keywords nothing is asked, and a line that only ssh understands costs no more than itself. */
async function readFound(file: string, way: Way): Promise<readonly Found[]> {
  const { default: SSHConfig } = await import("ssh-config");
  const found: Found[] = [];
  for (const text of (await readFile(file, "utf8")).split("\n")) {
    const [, keyword] = /^[\s\f]*"?(host|match|include)"?(?=[\s=])/i.exec(text) ?? [];
    if (keyword === undefined) continue;
    try {
      for (const line of SSHConfig.parse(plain(text))) found.push(...(await foundIn(line, way)));
    } catch {
      // No name is taken from a Match: what it speaks of, ssh is asked.
      if (keyword.toLowerCase() !== "match") found.push({ keyword: "unclear", line: text.trim() });
    }
  }
  return found;
}

/** Criteria without a value of which ssh-config knows only some spellings. They name nothing. */
function plain(text: string): string {
  if (!/^\s*match\b/i.test(text)) return text;
  const rest = text.replaceAll(/\s!?(?:all|canonical|final)(?=\s|$)/gi, "");
  return /^\s*match\s*$/i.test(rest) ? "" : rest;
}

async function foundIn(line: Line, way: Way): Promise<readonly Found[]> {
  if (!("param" in line)) return [];
  const keyword = line.param.toLowerCase();
  if (keyword === "host") return [{ keyword, patterns: wordsOf(line.value) }];
  if (keyword === "match") return [{ keyword, patterns: "criteria" in line ? matchedNames(line.criteria) : [] }];
  return way.depth < maxDepth ? await included(wordsOf(line.value), way) : [];
}

/**
 * ssh_config(5): Include takes globs, and from OpenSSH 9.9 on tokens and `${NAME}`; a relative path starts at ~/.ssh (in any file
 * that a user names, too); what does not exist or may not be read is passed over, as is a directory.
 */
async function included(words: readonly string[], way: Way): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const word of words) {
    const { path, isWhole } = pathOf(word, way);
    const files = /[*?[]/.test(path) ? await matchingFiles(path) : [path];
    const read = await Promise.all(
      files.map((file) => readFound(file, { ...way, depth: way.depth + 1 }).catch(() => undefined)),
    );
    const some = read.filter((each) => each !== undefined);
    found.push(...some.flat());
    if (!isWhole && some.length === 0) found.push({ keyword: "unclear", line: `Include ${word}` });
  }
  return found;
}

/** `isWhole`: nothing is left in it that only ssh can tell, such as a token of the host. */
function pathOf(word: string, { home, env }: Way): { readonly path: string; readonly isWhole: boolean } {
  let isWhole = !/^~[^/]/.test(word);
  const expanded = word.replaceAll(/\$\{(\w+)\}|%(.)/g, (text, name: string | undefined, token: string | undefined) => {
    const value = name === undefined ? { "%": "%", d: home }[token ?? ""] : env[name];
    if (value === undefined) isWhole = false;
    return value ?? text;
  });
  const path = expanded.startsWith("~/") ? join(home, expanded.slice(2)) : expanded;
  return { path: isAbsolute(path) ? path : join(home, ".ssh", path), isWhole };
}

/** In lexical order, as ssh reads them. */
async function matchingFiles(pattern: string): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const file of findFiles(pattern)) files.push(file);
  return files.toSorted();
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
