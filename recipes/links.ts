import type { Command } from "../lib/index.ts";
import { link, sh, shell } from "../lib/index.ts";

/** Puts a symlink back to what it was; without an earlier target it goes. */
export function restoreLink(title: string, path: string, to: string | undefined): Command {
  return to === undefined ? shell(title, sh`rm -f ${path}`) : link(title, path, to);
}
