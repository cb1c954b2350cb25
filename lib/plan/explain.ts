import type { Command } from "../model/command.ts";
import type { Repair } from "../model/live.ts";
import type { Target } from "../model/target.ts";
import type { Task } from "../model/task.ts";
import { printable } from "../model/printable.ts";
import { describe, describeSlot } from "./describe.ts";
import { fileChange } from "./diff.ts";
import type { EnvironmentChanges } from "./explain-task.ts";
import { paintChange, taskLines, unnamed } from "./explain-task.ts";
import { listHosts, sayTogether } from "./host-list.ts";
import type { Paint } from "./paint.ts";
import { sectionsOf } from "./phase-name.ts";
import type { Phase, Plan, Step } from "./plan.ts";
import type { TableStyle } from "./table.ts";
import { alignColumns } from "./table.ts";
import type { Warning } from "./warning.ts";
import { wrap } from "./wrap.ts";

export type ExplainOptions = {
  /** Every command as it is, instead of a line for each task. */
  readonly commands?: boolean;
  /** Also what would undo each task; with its commands. */
  readonly undo?: boolean;
  readonly paint?: Paint;
  /** Columns of the terminal, where there is one. */
  readonly columns?: number | undefined;
  /** How each host's environment changes, where that was read. */
  readonly environments?: EnvironmentChanges;
  /** What to type next. */
  readonly next?: string | undefined;
};

/** What `bgdeploy plan` prints: the hosts as they are, and what is done in each phase. Ends in a newline. */
export function explain(plan: Plan, options: ExplainOptions = {}): string {
  const { undo = false, commands = undo, paint = (_, text) => text, columns, environments, next } = options;
  const hosts = plan.targets.map((target) => target.host.name);
  const style = { hosts, paint, columns, environments };
  const phases = partsOf(plan, paint, (tasks, phase) =>
    commands ? commandLines(tasks, phase, hosts, { undo, paint }) : taskLines(tasks, phase, style),
  );
  const nothing = phases.length === 0 ? [["There is nothing to do."]] : [];
  const blocks = [
    [...new Set(plan.targets.map(({ release }) => release.id))].map((id) => paint("bold", `Release ${printable(id)}`)),
    explainTargets(plan.targets, { columns, paint }),
    warningLines(plan.warnings, hosts).flatMap((line) => wrap(line, columns, 2).map((each) => paint("yellow", each))),
    ...phases,
    ...nothing,
    endLines(plan, commands, next),
  ];
  const filled = blocks.filter((block) => block.length > 0);
  return `${filled.map((block) => block.join("\n")).join("\n\n")}\n`;
}

/** The plan's tasks under headings; parts of one name that follow each other share theirs. */
function partsOf(
  { phases, targets }: Plan,
  paint: Paint,
  linesOf: (tasks: readonly Task[], phase: Phase) => readonly string[],
): readonly (readonly string[])[] {
  const parts: { readonly name: string; readonly lines: string[] }[] = [];
  for (const [index, phase] of phases.entries()) {
    for (const [place, { name, tasks }] of sectionsOf(phase).entries()) {
      const isHeld = place === 0 && index > 0 && targets.length > 1;
      const wait = isHeld ? paint("dim", "  (once all hosts are done with the above)") : "";
      const last = parts.at(-1);
      const lines = linesOf(tasks, phase);
      if (last?.name === name) last.lines.push(...(isHeld ? [wait] : []), ...lines);
      else parts.push({ name, lines: [`${paint("bold", name)}${wait}`, ...lines] });
    }
  }
  return parts.map(({ lines }) => lines);
}

function endLines({ phases, targets }: Plan, commands: boolean, next: string | undefined): readonly string[] {
  if (next === undefined || phases.length === 0) return [];
  const tasks = new Set(phases.flatMap(({ hosts }) => hosts.flatMap(({ steps }) => steps.map(({ task }) => task))))
    .size;
  const more = commands ? "" : " To see every command: --commands";
  return [
    `${countOf(tasks, "task")} on ${countOf(targets.length, "host")}. Nothing has been changed.${more}`,
    `Next: ${next}`,
  ];
}

function countOf(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** Every warning once, with the hosts that it is about. */
export function warningLines(warnings: readonly Warning[], hosts: readonly string[]): readonly string[] {
  return sayTogether(warnings, hosts).map((line) => `Warning: ${line}`);
}

function explainTargets(targets: readonly Target[], style: TableStyle): readonly string[] {
  const slots = targets.map(({ live, facts }) => describeSlot(live && facts.links[live], live) ?? "nothing");
  const width = Math.max(0, ...slots.map((slot) => slot.length));
  const all = targets.map(({ host }) => host.name);
  const rows = targets.map((target, index) => {
    const change = `${slots[index]?.padEnd(width)} → ${describeSlot(target.release.id, target.idle)}`;
    return { host: target.host.name, change, state: explainState(target) };
  });
  const groups = Map.groupBy(rows, ({ change, state }) => `${change} ${state}`);
  const folded = [...groups.values()].map((group) => {
    const names = group.map(({ host }) => host);
    return [listHosts(names, all), group[0]?.change ?? "", group[0]?.state ?? ""];
  });
  return alignColumns(folded).flatMap((line) => wrap(line, style.columns, 4));
}

function explainState({ state }: Target): string {
  switch (state.kind) {
    case "first":
      return "first deploy";
    case "live":
      return state.repairs.length === 0 ? "" : `repairs: ${state.repairs.map((each) => repairs[each]).join(", ")}`;
    case "down":
      return `${state.live} is live, but down: no request is served`;
    case "unclear":
      return printable(state.problem);
  }
}

const repairs: Readonly<Record<Repair, string>> = {
  "prove-reload": "reload nginx until it is proven",
  repoint: "point nginx at the variant that runs",
  record: "record what is live",
};

/** Every command of these tasks, hosts that do the same together. */
export function commandLines(
  tasks: readonly Task[],
  phase: Phase,
  hosts: readonly string[],
  { undo, paint }: { readonly undo: boolean; readonly paint: Paint },
): readonly string[] {
  return tasks.flatMap((task) => {
    const groups = Map.groupBy(
      phase.hosts.flatMap(({ target, steps }) =>
        steps.filter((step) => step.task === task).map((step) => ({ target, step })),
      ),
      ({ target, step }) => explainStep(step, unnamed(target), undo, plain).join("\n"),
    );
    const lines = [...groups.values()].flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const names = group.map(({ target }) => target.host.name);
      const target = names.length > 1 ? unnamed(first.target) : first.target;
      const work = explainStep(first.step, target, undo, paint);
      if (hosts.length === 1) return indent(work, 4);
      return [`    ${listHosts(names, hosts)}:`, ...indent(work, 6)];
    });
    return [`  ${taskLine(task, hosts, paint)}`, ...lines];
  });
}

const plain: Paint = (_, text) => text;

function taskLine(task: Task, hosts: readonly string[], paint: Paint): string {
  const title = task.title === task.name ? "" : `  ${printable(task.title)}`;
  const once = task.once && hosts.length > 1 ? "  (on the first host only)" : "";
  return `${printable(task.name)}${paint("dim", `${title}${once}`)}`;
}

function explainStep(step: Step, target: Target, undo: boolean, paint: Paint): readonly string[] {
  const lines = step.commands.flatMap((command) => [
    ...explainCommand(command, target, paint),
    ...indent(
      fileChange(command, target).map((line) => paintChange(line, line, paint)),
      2,
    ),
  ]);
  return undo ? [...lines, ...explainUndo(step, target).map((line) => (line === "" ? "" : paint("dim", line)))] : lines;
}

function explainCommand(command: Command, target: Target, paint: Paint): readonly string[] {
  const title = command.kind === "shell" ? [paint("dim", `# ${printable(command.title)}`)] : [];
  return [...title, ...describe(command, target).split("\n")];
}

function explainUndo({ undo }: Step, target: Target): readonly string[] {
  if (undo === "not-needed") return ["undo: not needed"];
  if (undo === "irreversible") return ["undo: none, from here on the new version stays live"];
  if (undo.length === 0) return ["undo: nothing to do on this host"];
  const commands = undo.flatMap((command) => explainCommand(command, target, plain));
  return ["undo:", ...indent(commands, 2)];
}

function indent(lines: readonly string[], by: number): readonly string[] {
  return lines.map((line) => (line.trim() === "" ? "" : `${" ".repeat(by)}${line}`));
}
