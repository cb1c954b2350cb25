import { readdirSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { LinkMode } from "../model/command.ts";
import type { Problem } from "../model/problem.ts";
import { problem } from "../model/problem.ts";
import type { Links } from "./links.ts";
import { leadsOut } from "./links.ts";

/** What stands where links of a build led out of it: files with their real paths, the links that stay in it, and what is wrong. */
export type Followed = {
  readonly files: readonly string[];
  readonly links: Links;
  readonly problems: readonly Problem[];
  /** Links that are sent as what they lead to, and where that is. */
  readonly sent: readonly (readonly [link: string, target: string])[];
};

/**
 * Does rsync's `--copy-unsafe-links` take the link for one that leads out? It reads the words alone: an absolute path, or more
 * `..` than there are directories above (`unsafe_symlink` in its util1.c).
 */
export function isUnsafe(link: string, target: string): boolean {
  if (target === "" || target.startsWith("/")) return true;
  let depth = link.split("/").length - 1;
  for (const part of target.split("/")) {
    if (part === "..") depth -= 1;
    else if (part !== "" && part !== ".") depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

/** Follows the links of a build as rsync will, to know before what it will send. */
export function followLinks(dist: string, links: Links): Followed {
  const files: string[] = [];
  const kept = new Map<string, string>();
  const problems: Problem[] = [];
  const sent: (readonly [string, string])[] = [];

  /** `real` is where it stands, `within` the directories that are being looked through on the way to it. */
  function take(link: string, real: string, target: string, within: readonly string[]): void {
    if (!isUnsafe(link, target)) {
      kept.set(link, target);
      // Below what is copied from elsewhere, it leads to another place than there.
      const there = join(dirname(link), target);
      if (within.length > 1 && !isThere(join(dist, there)) && !isSent(there) && isThere(real))
        problems.push(
          problem(
            `dist: the symlink ${real}, sent along with ${sent.at(-1)?.[0]}, would point to ${there} in the release, which does not exist there. Bundle its target, or copy it into the build`,
          ),
        );
      return;
    }
    const aim = resolve(dirname(real), target);
    const found = statSync(real, { throwIfNoEntry: false });
    if (found === undefined) {
      problems.push(problem(`dist: the symlink ${real} points to ${aim}, which does not exist`));
      return;
    }
    if (within.length === 1) sent.push([link, aim]);
    if (found.isFile()) {
      files.push(aim);
      return;
    }
    const directory = realpathSync(real);
    if (!found.isDirectory()) {
      problems.push(problem(`dist: the symlink ${real} points to ${aim}, which is neither a file nor a directory`));
    } else if (within.some((each) => `${each}/`.startsWith(`${directory}/`))) {
      problems.push(
        problem(`dist: the symlink ${real} points to ${directory}, which contains the symlink itself: an endless loop`),
      );
    } else look(directory, link, [...within, directory]);
  }

  function look(directory: string, inside: string, within: readonly string[]): void {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const [real, path] = [join(directory, entry.name), `${inside}/${entry.name}`];
      if (entry.isDirectory()) look(real, path, [...within, real]);
      else if (entry.isSymbolicLink()) take(path, real, readlinkSync(real), within);
      else if (entry.isFile()) files.push(real);
      else problems.push(problem(`dist: ${real} is neither a file, a directory nor a symlink`));
    }
  }

  function isSent(path: string): boolean {
    return sent.some(
      ([link, target]) => `${path}/`.startsWith(`${link}/`) && isThere(target + path.slice(link.length)),
    );
  }

  const top = realpathSync(dist);
  for (const [link, target] of links) {
    const real = join(top, link);
    // Where it stands counts, too: a link to a directory above has no end.
    const above = dirname(link).split("/");
    const within = above.map((_, index) => join(top, ...above.slice(0, index + 1)));
    if (isUnsafe(link, target) && within.some((each) => `${each}/`.startsWith(`${realOf(real) ?? "\0"}/`)))
      problems.push(
        problem(
          `dist: the symlink ${real} points to ${realOf(real)}, which contains the symlink itself: an endless loop`,
        ),
      );
    else take(link, real, target, [top]);
  }
  return { files, links: kept, problems, sent };
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** So many are named one by one, of more only these. */
const few = 3;

/** Links that lead out, and what can be done about them. With `mode` "keep" none is a problem. */
export function linkProblems(links: Links, dist: string, mode: LinkMode | undefined): readonly Problem[] {
  if (mode === "keep") return [];
  const outward = [...links].flatMap(([link, target]) => {
    const outside = leadsOut(link, links);
    return outside === undefined ? [] : [{ link, target, outside }];
  });
  const isInside = ({ target, outside }: (typeof outward)[number]): boolean =>
    target === outside && [dist, realOf(dist) ?? dist].some((each) => `${outside}/`.startsWith(`${each}/`));
  const follow = 'upload({ links: "follow" })';
  return [
    ...fold(
      outward.filter((each) => isInside(each)),
      dist,
      [
        "points into the build by an absolute path, which does not exist on the host",
        "point into the build by absolute paths, which do not exist on the host",
      ],
      `Make ${outward.length === 1 ? "it" : "them"} relative, or send the target: ${follow}`,
    ),
    ...fold(
      outward.filter((each) => !isInside(each)),
      dist,
      ["points outside the build", "point outside the build"],
      mode === "follow"
        ? "It does so through another symlink, which rsync cannot detect: make it point there directly"
        : `Only files inside the build are sent. To send the target: ${follow}. To keep the symlink, for a target that exists on the host: upload({ links: "keep" })`,
    ),
  ];
}

type Outward = { readonly link: string; readonly target: string; readonly outside: string };

function fold(
  outward: readonly Outward[],
  dist: string,
  [one, several]: readonly [string, string],
  mend: string,
): readonly Problem[] {
  const shown = ({ link, target, outside }: Outward): string =>
    target === outside ? `${dist}/${link}` : `${dist}/${link} -> ${target}`;
  if (outward.length <= few)
    return outward.map((each) =>
      problem(`dist: the symlink ${shown(each)} ${one}, to ${resolve(dist, each.outside)}. ${mend}`),
    );
  const examples = outward.slice(0, few).map((each) => `${shown(each)} (${resolve(dist, each.outside)})`);
  return [
    problem(
      `dist: ${outward.length} symlinks ${several}: ${examples.join(", ")} and ${outward.length - few} more. ${mend}`,
    ),
  ];
}
