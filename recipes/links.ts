import type { Command, Line } from "../lib/index.ts";
import { rawLine, sh, shell } from "../lib/index.ts";

/** Points a symlink at a release of the same directory, in one step: a reader meets the old or the new target. */
export function pointLink(title: string, link: string, release: string): Command {
  return shell(title, linkLine(link, release));
}

/** Puts a symlink back to what it was; without an earlier target it goes. */
export function restoreLink(title: string, link: string, release: string | undefined): Command {
  return release === undefined ? shell(title, sh`rm -f ${link}`) : pointLink(title, link, release);
}

/** `ln -sfn` removes before it creates; a link that is renamed over the old one never is away. */
export function linkLine(link: string, to: string): Line {
  const beside = `${link}.bgdeploy-new`;
  return sh`ln -sfn ${to} ${beside} && mv -fT ${beside} ${link} && ${syncLine(link)}`;
}

function syncLine(path: string): Line {
  return sh`${rawLine("sync")} ${path.slice(0, path.lastIndexOf("/"))}`;
}
