import { UserError } from "../errors.ts";
import type { Command, SudoCommand } from "../model/command.ts";
import { shell } from "../model/command.ts";
import type { Release } from "../model/release.ts";
import { sh } from "../model/shell.ts";
import { allows, whyIgnored } from "../model/sudo.ts";
import type { Target } from "../model/target.ts";
import type { Task } from "../model/task.ts";
import { sayTogether } from "./host-list.ts";
import type { Warning } from "./warning.ts";

/** One task on one host, worked out: what runs, and what would take it back. */
export type Step = {
  readonly task: Task;
  readonly commands: readonly Command[];
  readonly undo: readonly Command[] | "not-needed" | "irreversible";
  /** It stands at or behind the task that commits: once it has begun, the new version stays. */
  readonly final: boolean;
};

/** The steps of one host between two barriers. */
export type HostSteps = { readonly target: Target; readonly steps: readonly Step[] };

/** What all hosts do, each at its own pace, before any of them goes on to the next phase. */
export type Phase = { readonly title: string; readonly hosts: readonly HostSteps[] };

/** What a run will do, and nothing else: tasks worked out for each host. The preview and the act share it. */
export type Plan = {
  readonly release: Release;
  readonly targets: readonly Target[];
  readonly phases: readonly Phase[];
  readonly warnings: readonly Warning[];
};

/**
 * Works out every task for every host, and cuts the list into phases at the barriers.
 * Throws a `UserError` with all that hosts lack for a task, and every sudo rule that is missing.
 */
export function makePlan(release: Release, tasks: readonly Task[], targets: readonly Target[]): Plan {
  const first = targets[0]?.host.name;
  const commit = tasks.findIndex((each) => each.commits);
  const final = new Set(commit === -1 ? [] : tasks.slice(commit));
  const tasksOf = ({ host }: Target): readonly Task[] => tasks.filter((each) => !each.once || host.name === first);
  const made = targets.map((target) => ({
    target,
    all: tasksOf(target).map((each) => makeStep(each, target, final.has(each))),
  }));
  const steps = new Map(
    made.map(({ target, all }) => {
      const some = all.map(({ step }) => step).filter((step) => step.commands.length > 0);
      return [target, markCommit(some, target)] as const;
    }),
  );
  const phases = groupTasks(tasks).map((group) => makePhase(group, targets, steps));
  const refusals = [...steps].flatMap(([target, mine]) => [
    ...mine.flatMap(({ task }) => task.refuse(target) ?? []).map((text) => ({ host: target.host.name, text })),
    ...missingRules(target, mine),
  ]);
  if (refusals.length > 0) {
    throw new UserError(
      sayTogether(
        refusals,
        targets.map(({ host }) => host.name),
      ),
    );
  }
  const warnings = made.flatMap(({ target, all }) =>
    all.flatMap(({ step, skipped }) =>
      skipped.map((command) => ({ host: target.host.name, text: describeSkipped(step.task, command) })),
    ),
  );
  return Object.freeze({ release, targets, phases: phases.filter((phase) => phase.hosts.length > 0), warnings });
}

/** The commands of a task that this host allows: an optional sudo command without a rule is `skipped`. */
function makeStep(
  task: Task,
  target: Target,
  final: boolean,
): { readonly step: Step; readonly skipped: readonly SudoCommand[] } {
  const isSkipped = (each: Command): each is SudoCommand =>
    each.kind === "sudo" && each.optional && !allows(target.facts.sudo, each.words);
  const kept = (some: readonly Command[]): readonly Command[] => some.filter((each) => !isSkipped(each));
  const commands = task.commands(target);
  const undo = typeof task.undo === "function" ? kept(task.undo(target)) : task.undo;
  return { step: { task, commands: kept(commands), undo, final }, skipped: commands.filter(isSkipped) };
}

/**
 * The host itself notes which run has no way back, as the first thing behind that point: who loses the connection to it then
 * finds out, and does not undo. The lock names the run.
 */
function markCommit(steps: readonly Step[], { layout: { lock, committed, state } }: Target): readonly Step[] {
  const first = steps.find(({ task }) => task.commits);
  const note = shell(
    "record that the run is past the point of no return",
    sh`IFS= read -r bg_line <${lock} && printf '%s\\n' "$bg_line" >${committed} && sync ${committed} ${state}`,
    { simple: true },
  );
  return steps.map((step) => (step === first ? { ...step, commands: [note, ...step.commands] } : step));
}

function makePhase(
  group: readonly Task[],
  targets: readonly Target[],
  steps: ReadonlyMap<Target, readonly Step[]>,
): Phase {
  const hosts = targets
    .map((target) => ({ target, steps: (steps.get(target) ?? []).filter((step) => group.includes(step.task)) }))
    .filter((host) => host.steps.length > 0);
  return { title: group.map((each) => each.name).join(", "), hosts };
}

/**
 * A barrier task stands alone in its group, but for eager ones behind it; and behind one that commits nobody need wait any
 * more. For what runs once all wait.
 */
function groupTasks(tasks: readonly Task[]): readonly (readonly Task[])[] {
  const groups: Task[][] = [];
  for (const each of tasks) {
    const last = groups.at(-1);
    const [first] = last ?? [];
    const joins = first && !each.barrier && !first.once && (!first.barrier || first.commits || each.eager);
    if (last && joins) last.push(each);
    else groups.push([each]);
  }
  return groups;
}

function missingRules(target: Target, steps: readonly Step[]): readonly Warning[] {
  const commands = steps.flatMap((step) => [...step.commands, ...(typeof step.undo === "string" ? [] : step.undo)]);
  const missing = commands
    .filter((each): each is SudoCommand => each.kind === "sudo")
    .filter((each) => !allows(target.facts.sudo, each.words));
  // One rule lets the helper do all that it can.
  const { helper } = target.layout;
  const lines = new Set(missing.map(({ words }) => (words[0] === helper ? helper : words.join(" "))));
  return [...lines].map((line) => ({ host: target.host.name, text: noRule(line, target) }));
}

function noRule(line: string, { facts }: Target): string {
  const words = line.split(" ");
  const why = whyIgnored(facts.sudo, words, facts.rulePaths[words[0] ?? ""]);
  const said = `sudo does not allow ${facts.user.name} to run \`${line}\` without a password`;
  return why === undefined
    ? `${said}. Add the rule: \`bgdeploy sudoers <stage>\` prints the whole file.`
    : `${said}: ${why}. Reinstall the rules: bgdeploy setup <stage> --as root`;
}

function describeSkipped({ name }: Task, { words }: SudoCommand): string {
  return `${name}: \`${words.join(" ")}\` is skipped: no sudo rule allows it (\`bgdeploy sudoers <stage>\` prints it)`;
}
