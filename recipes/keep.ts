import type { Line } from "../lib/index.ts";
import { sh } from "../lib/index.ts";

/** Keeps a copy of a file, or the knowledge that there is none, for the undo of this run. What an earlier run kept, perhaps of the other slot, goes first. */
export function keepLine(path: string, kept: string): Line {
  const beside = `${kept}.bgdeploy-new`;
  const none = `${kept}.none`;
  return sh`{ [ ! -e ${kept} ] && [ ! -e ${none} ] || rm -f ${kept} ${none}; } && if [ -e ${path} ]; then cp -p ${path} ${beside} && mv -fT ${beside} ${kept}; else : >${none}; fi`;
}

/** Puts back what was kept. Done twice, the second time changes nothing. */
export function restoreLine(path: string, kept: string): Line {
  const none = `${kept}.none`;
  return sh`if [ -e ${kept} ]; then mv -fT ${kept} ${path}; elif [ -e ${none} ]; then rm -f ${path} ${none}; fi`;
}
