import { besideOf } from "../model/beside.ts";
import type { ShellCommand } from "../model/command.ts";
import { shell } from "../model/command.ts";
import type { Layout } from "../model/layout.ts";
import { quote, sh } from "../model/shell.ts";
import type { Target } from "../model/target.ts";
import type { Plan, Step } from "../plan/plan.ts";

/** One line of a host's journal: who did what, when, and what came of it. */
export type Entry = {
  readonly at: string;
  readonly who: string;
  readonly from: string;
  /** The run's own word, as in lock.json. */
  readonly run: string;
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
  const beside = besideOf(journal);
  // A plan is shown before its time and its run are known.
  const line = { raw: quote(JSON.stringify(entry)), shown: "'{…}'" };
  return shell(
    "write the journal",
    sh`umask 077; printf '%s\n' ${line} >>${journal} && mapfile -t bg_lines <${journal} && if [ "\${#bg_lines[@]}" -le ${kept} ]; then sync ${journal}; else tail -n ${kept} ${journal} >${beside} && sync ${beside} && mv -fT ${beside} ${journal}; fi`,
    { mayFail: true },
  );
}

/**
 * The plan with the journal as the last thing that a host does behind the point of no return: by then it is known what will
 * be said of it, and nobody need wait for it. `hosts`: those whose plan has such a step.
 */
export function withJournal(
  plan: Plan,
  entryOf: (target: Target) => Entry,
): { readonly plan: Plan; readonly hosts: ReadonlySet<string> } {
  return withLast(plan, (target, { final }) => (final ? journalCommand(target.layout, entryOf(target)) : undefined));
}

/** The plan with a further command as the last thing that a host does. `hosts`: those that have one. */
export function withLast(
  plan: Plan,
  commandOf: (target: Target, step: Step) => ShellCommand | undefined,
): { readonly plan: Plan; readonly hosts: ReadonlySet<string> } {
  const last = new Map<Target, Step>();
  for (const { target, steps } of plan.phases.flatMap(({ hosts }) => hosts)) {
    const step = steps.at(-1);
    if (step) last.set(target, step);
  }
  const more = new Map(
    [...last].flatMap(([target, step]) => {
      const command = commandOf(target, step);
      return command === undefined ? [] : [[target, { step, command }] as const];
    }),
  );
  const longer = (target: Target, step: Step): Step => {
    const end = more.get(target);
    return end?.step === step ? { ...step, commands: [...step.commands, end.command] } : step;
  };
  const phases = plan.phases.map((phase) => ({
    ...phase,
    hosts: phase.hosts.map(({ target, steps }) => ({ target, steps: steps.map((step) => longer(target, step)) })),
  }));
  return { plan: { ...plan, phases }, hosts: new Set([...more.keys()].map(({ host }) => host.name)) };
}
