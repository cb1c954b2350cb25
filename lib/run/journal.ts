import type { ShellCommand } from "../model/command.ts";
import { shell } from "../model/command.ts";
import type { Layout } from "../model/layout.ts";
import { sh } from "../model/shell.ts";

/** One line of a host's journal: who did what, when, and what came of it. */
export type Entry = {
  readonly at: string;
  readonly who: string;
  readonly from: string;
  readonly action: string;
  readonly release: string;
  readonly variant: string;
  readonly end: string;
};

/** The journal keeps this many lines. */
const kept = 1000;

/** Appends to a host's journal, which only its owner may read. */
export function journalCommand(layout: Layout, entry: Entry): ShellCommand {
  const { journal } = layout;
  const beside = `${journal}.bgdeploy-new`;
  return shell(
    "write the journal",
    sh`umask 077; printf '%s\n' ${JSON.stringify(entry)} >>${journal} && tail -n ${kept} ${journal} >${beside} && sync ${beside} && mv -fT ${beside} ${journal}`,
  );
}
