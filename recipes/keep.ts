import type { Line } from "../lib/index.ts";
import { besideOf, sh } from "../lib/index.ts";

/**
 * Keeps a file, or the knowledge that there is none, for the undo of this run. What an earlier run kept, perhaps of the other
 * slot, goes first. `by` a second name it is kept with a process less, where it is replaced by another file, never written in place.
 */
export function keepLine(path: string, kept: string, by: "copy" | "name" = "copy"): Line {
  const beside = besideOf(kept);
  const none = `${kept}.none`;
  const copy = sh`cp -p ${path} ${beside} && mv -fT ${beside} ${kept}`;
  // A file of another user cannot be given one everywhere (fs.protected_hardlinks).
  const keep = by === "copy" ? copy : sh`ln ${path} ${kept} 2>/dev/null || { ${copy}; }`;
  return sh`{ [ ! -e ${kept} ] && [ ! -e ${none} ] || rm -f ${kept} ${none}; } && if [ -e ${path} ]; then ${keep}; else : >${none}; fi`;
}

/** Puts back what was kept, but no symlink: we keep none. Done twice, the second time changes nothing. */
export function restoreLine(path: string, kept: string): Line {
  const none = `${kept}.none`;
  // Of two names of one file mv keeps both, and fails.
  return sh`if [ -L ${kept} ]; then echo ${kept}" is a symlink: it is not put back"; false; elif [ ${kept} -ef ${path} ]; then rm -f ${kept}; elif [ -e ${kept} ]; then mv -fT ${kept} ${path}; elif [ -e ${none} ]; then rm -f ${path} ${none}; fi`;
}
