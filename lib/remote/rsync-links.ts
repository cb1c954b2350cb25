import type { UploadCommand } from "../model/command.ts";
import type { Line } from "../model/shell.ts";
import { joinLines, sh } from "../model/shell.ts";
import { wayTo } from "./probe-ask.ts";

/**
 * Since 3.5 rsync walks the whole way to a release that files are shared with, from the root and twice for each file, lest it
 * follow a symlink that somebody else has planted there. That is nine tenths of what the host's end does: of 1,000 files
 * 55,000 system calls, where 5,000 do without. So where nobody else can plant one, it is told that it need not
 * (`--insecure-links` in rsync(1), which goes to one end only).
 */
const option = "--insecure-links";

/** What says that rsync knows the option; it stands behind its version. */
const known = `knows ${option}`;

/** Says `rsync --version`, and whether it knows the option. */
export const sayRsync = `{ rsync ${option} --version && echo "${known}"; } 2>/dev/null || rsync --version`;

/** `said`: what `sayRsync` printed. */
export function walksEachFile(said: string): boolean {
  return said.includes(`\n${known}\n`);
}

/** The word of rsync that has the host's end go by what `lookLine` has found. */
export const asFound = "--rsync-path=rsync $bg_links";

/**
 * Sets `bg_links` on the host, to the option or to nothing. Can nobody but root and the user write to any directory on the way
 * to where the upload goes, or to one of the releases that files are shared with? One program looks at all of them.
 */
export function lookLine({ partial, log = partial, against }: UploadCommand): Line {
  const way = [...new Set(["/", ...[partial, log, ...against].flatMap((path) => wayTo(path).slice(1))])];
  const isWay = joinLines(
    way.map((path) => sh`-path ${path.replaceAll(/[\\*?[]/g, "\\$&")}`),
    " -o ",
  );
  const isOpen = sh`-type d '(' -perm /022 -o ! -uid 0 ! -uid "$UID" ')'`;
  return sh`bg_links=${option}; for bg_part in ${way}; do [ ! -L "$bg_part" ] || bg_links=; done
[ -z "$(find ${way} ${against} ${isOpen} -print -quit -o '(' ${isWay} ')' -prune 2>&1)" ] || bg_links=
`;
}
