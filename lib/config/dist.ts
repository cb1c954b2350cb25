import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { App } from "../model/app.ts";
import type { LinkMode } from "../model/command.ts";
import type { Problem } from "../model/problem.ts";
import { problem, sentenceOf } from "../model/problem.ts";
import { leadsOut } from "./links.ts";
import { followLinks, linkProblems } from "./outward.ts";
import { readProgram } from "./program.ts";

/** A build that is fit to be uploaded. Its bytes are counted when they are first asked for: what makes it unfit is known before. */
export type Dist = {
  readonly path: string;
  readonly bytes: number;
  readonly files: number;
  /** The CPU that its program is made for, as `uname -m` names it; `undefined` where any will do, or it is not known. */
  readonly cpu: string | undefined;
  /** Symlinks that are sent as what they lead to, and where that is. */
  readonly sent: readonly (readonly [link: string, target: string])[];
};

/** `files` have a size, symlinks none: those by their path in the build, with what stands in them. */
type Walk = {
  readonly files: readonly string[];
  readonly links: readonly (readonly [path: string, target: string])[];
  readonly problems: readonly Problem[];
};

/** What the build is, and all that makes it unfit to be uploaded. */
export type DistReading = { readonly dist: Dist; readonly problems: readonly Problem[] };

/** Looks through the build before any connection is made. Throws a `UserError` with all that is wrong. */
export async function checkDist(app: Pick<App, "dist" | "exec">, mode?: LinkMode): Promise<Dist> {
  const { dist, problems } = await readDist(app, mode);
  if (problems.length > 0) throw new UserError(problems.map((each) => sentenceOf(each)));
  return dist;
}

/** `mode`: what becomes of symlinks that point outside the build; they are a problem without it. */
export async function readDist(
  { dist: path, exec }: Pick<App, "dist" | "exec">,
  mode?: LinkMode,
): Promise<DistReading> {
  const unfit = (what: string): DistReading => ({
    dist: { path, bytes: 0, files: 0, cpu: undefined, sent: [] },
    problems: [problem(what)],
  });
  const found = await statOf(path);
  if (found === undefined)
    return unfit(`dist: ${path} does not exist. Build the app first, or pass another directory with --dist`);
  if (!found.isDirectory()) return unfit(`dist: ${path} is not a directory`);
  const { files, links, problems } = walk(path, "");
  if (files.length + links.length === 0 && problems.length === 0)
    return unfit(`dist: ${path} is empty. Build the app first`);
  const all = new Map(links);
  const isElsewhere = mode === "keep" && leadsOut(`bin/${exec.name}`, all) !== undefined;
  const program = isElsewhere ? undefined : await readProgram(join(path, "bin", exec.name), path);
  const followed = mode === "follow" ? followLinks(path, all) : { files: [], links: all, problems: [], sent: [] };
  const sends = { files: [...files, ...followed.files], links: followed.links.size, sent: followed.sent };
  return {
    dist: countLater({ path, cpu: program?.cpu, ...sends }),
    problems: [
      ...(program?.problems ?? []),
      ...problems,
      ...followed.problems,
      ...linkProblems(followed.links, path, mode),
    ],
  };
}

/** One that vanishes before the upload is none of what is sent. */
function countLater({ files, links, ...known }: Pick<Dist, "path" | "cpu" | "sent"> & Found): Dist {
  let bytes: number | undefined;
  return {
    ...known,
    files: files.length + links,
    get bytes() {
      return (bytes ??= files.reduce((sum, file) => sum + (lstatSync(file, { throwIfNoEntry: false })?.size ?? 0), 0));
    },
  };
}

type Found = { readonly files: readonly string[]; readonly links: number };

/**
 * Symlinks are counted as files, and not followed.
 *
 * Nothing else waits meanwhile: in one go, and with no path put together by `join`, it takes a fifth of the time.
 */
function walk(directory: string, within: string): Walk {
  const parts = readdirSync(directory, { withFileTypes: true }).map((entry): Walk => {
    const [path, inside] = [`${directory}/${entry.name}`, `${within}${entry.name}`];
    if (entry.isDirectory()) return walk(path, `${inside}/`);
    if (entry.isSymbolicLink()) return { files: [], links: [[inside, readlinkSync(path)]], problems: [] };
    if (entry.isFile()) return { files: [path], links: [], problems: [] };
    const unknown = problem(`dist: ${path} is neither a file, a directory nor a symlink`);
    return { files: [], links: [], problems: [unknown] };
  });
  return {
    files: parts.flatMap((part) => part.files),
    links: parts.flatMap((part) => part.links),
    problems: parts.flatMap((part) => part.problems),
  };
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (
      error instanceof Error &&
      "code" in error &&
      (error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "ELOOP")
    )
      return undefined;
    throw error;
  }
}
