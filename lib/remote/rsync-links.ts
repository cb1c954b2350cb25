import type { UploadCommand } from "../model/command.ts";
import type { Line } from "../model/shell.ts";
import { joinLines, sh } from "../model/shell.ts";
import { wayTo } from "./probe-ask.ts";

/**
 * Since 3.5 rsync resolves each path by a walk from the root, and follows no symlink that somebody else has planted on it: for
 * a file that is shared with a release twice. Of 1,000 files that is nine tenths of what the host's end does, 55,000 system
 * calls, where 5,000 do without. So where nobody else can have planted one, it is told that it need not walk
 * (`--insecure-links` in rsync(1), which goes to one end only). That holds for all its paths, also inside of what is sent.
 */
const option = "--insecure-links";

/** What says that rsync knows the option; it stands behind its version. */
const known = `knows ${option}`;

/** Says `rsync --version`, and whether it knows the option. */
export const sayRsync = `{ rsync ${option} --version && echo "${known}"; } 2>/dev/null || rsync --version`;

/** `said`: what `sayRsync` printed. */
export function canSkipWalk(said: string): boolean {
  return said.includes(`\n${known}\n`);
}

/** The word of rsync that has the host's end go by what the host has found. */
export const asFound = "--rsync-path=rsync $bg_links";

/** What the host does before its end begins: `meanwhile` as long as it waits for its turn, `lastly` when that has come. */
export type Preparation = { readonly meanwhile: Line; readonly lastly: Line };

/**
 * Sets `bg_links` on the host, to the option or to nothing: can nobody but root and the user write to any directory on the way
 * to what the upload writes and reads, nor to one of the releases that files are shared with; and does no symlink there lead
 * out of its release, or to a directory? One program looks at all of them. A release takes write permissions from others as
 * it grows, from its first directory on. It must be one of a user who keeps what they upload: root gives it away meanwhile.
 */
export function lookForLinks({ partial, log = partial, against }: UploadCommand): Preparation {
  const way = [...new Set(["/", ...[partial, log, ...against].flatMap((path) => wayTo(path).slice(1))])];
  const isWay = anyPath(way.map((path) => literal(path)));
  const isDeep = anyPath(against.map((path) => `${literal(path)}/*/*`));
  const isOurs = sh`'(' -uid 0 -o -uid "$UID" ')'`;
  // `bin/tool -> ../lib/tool.js`, as npm makes them.
  const isInside = sh`'(' ! -lname '/*' ! -lname '*..*' -o -lname '../*' ! -lname '../*..*' ${isDeep} ')'`;
  const isOpen = joinLines([sh`-type d -perm /022`, sh`-type l ! '(' -xtype f ${isInside} ')'`], " -o ");
  const find = sh`find ${way} ${against} '(' -type d -o -type l ')' '(' ! ${isOurs} -o ${isOpen} ')' -print -quit -o ${isWay} -prune`;
  return {
    meanwhile: sh`bg_links=${option}; for bg_part in ${[...way, ...against]}; do [ ! -L "$bg_part" ] || bg_links=; done
bg_found=$(${find} 2>&1) && [ -z "$bg_found" ] || bg_links=
`,
    // A default ACL would give rsync's own mkdir more, for a moment.
    lastly: sh`[ -z "$bg_links" ] || mkdir -m 755 ${partial} || bg_links=; `,
  };
}

function anyPath(patterns: readonly string[]): Line {
  const each = patterns.map((pattern) => sh`-path ${pattern}`);
  return sh`'(' ${joinLines(each, " -o ")} ')'`;
}

/** A path as a pattern that matches it alone. */
function literal(path: string): string {
  return path.replaceAll(/[\\*?[]/g, "\\$&");
}
