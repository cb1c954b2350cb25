import type { Command } from "../model/command.ts";
import type { Repair } from "../model/live.ts";
import type { Target } from "../model/target.ts";
import type { Task } from "../model/task.ts";
import { printable } from "../model/printable.ts";
import { describe, describeSlot } from "./describe.ts";
import { fileChange } from "./diff.ts";
import { listHosts, sayTogether } from "./host-list.ts";
import type { Phase, Plan, Step } from "./plan.ts";
import type { Warning } from "./warning.ts";

/** Puts a text in a colour or weight, or gives it back as it is. */
export type Paint = (
  format: "bold" | "dim" | "red" | "green" | "yellow" | "blue" | "cyan" | "magenta" | "cyanBright" | "magentaBright",
  text: string,
) => string;

export type ExplainOptions = {
  /** Also what would take each task back. */
  readonly undo?: boolean;
  readonly paint?: Paint;
};

/** What `bgdeploy plan` prints: the hosts as they are, and every command in order. Ends in a newline. */
export function explain(plan: Plan, options: ExplainOptions = {}): string {
  const { undo = false, paint = (_, text) => text } = options;
  const hosts = plan.targets.map((target) => target.host.name);
  const phases = plan.phases.map((phase, index) => {
    const title = paint("bold", `Phase ${index + 1} of ${plan.phases.length}`);
    const barrier = index > 0 && hosts.length > 1 ? ["‖ all hosts wait for each other", ""] : [];
    return [...barrier, title, ...explainPhase(phase, hosts, undo, paint)];
  });
  const nothing = phases.length === 0 ? [["There is nothing to do."]] : [];
  const blocks = [
    [...new Set(plan.targets.map(({ release }) => release.id))].map((id) => paint("bold", `Release ${printable(id)}`)),
    explainTargets(plan.targets),
    warningLines(plan.warnings, hosts).map((line) => paint("yellow", line)),
    ...phases,
    ...nothing,
  ];
  const filled = blocks.filter((block) => block.length > 0);
  return `${filled.map((block) => block.join("\n")).join("\n\n")}\n`;
}

/** Every warning once, with the hosts that it is about. */
export function warningLines(warnings: readonly Warning[], hosts: readonly string[]): readonly string[] {
  return sayTogether(warnings, hosts).map((line) => `Warning: ${line}`);
}

/** Rows as lines with aligned columns, two spaces apart, none at the end. */
export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, index) =>
    rows.reduce((most, row) => Math.max(most, row[index]?.length ?? 0), 0),
  );
  const cells = (row: readonly string[]): readonly string[] =>
    row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).filter((cell) => cell !== "");
  return rows.map((row) => cells(row).join("  ").trimEnd());
}

function explainTargets(targets: readonly Target[]): readonly string[] {
  const slots = targets.map(({ live, facts }) => describeSlot(live && facts.links[live], live) ?? "nothing");
  const width = Math.max(0, ...slots.map((slot) => slot.length));
  const rows = targets.map((target, index) => {
    const change = `${slots[index]?.padEnd(width)} → ${describeSlot(target.release.id, target.idle)}`;
    return [target.host.name, change, explainState(target)];
  });
  return alignColumns(rows);
}

function explainState({ state }: Target): string {
  switch (state.kind) {
    case "first":
      return "first deploy";
    case "live":
      return state.repairs.length === 0 ? "" : `repairs: ${state.repairs.map((each) => repairs[each]).join(", ")}`;
    case "down":
      return `${state.live} is live, but down: nothing serves`;
    case "unclear":
      return printable(state.problem);
  }
}

const repairs: Readonly<Record<Repair, string>> = {
  "prove-reload": "reload nginx until it is proven",
  repoint: "point nginx at the variant that runs",
  record: "record what is live",
};

function explainPhase(phase: Phase, hosts: readonly string[], undo: boolean, paint: Paint): readonly string[] {
  const tasks = new Set(phase.hosts.flatMap((host) => host.steps.map((step) => step.task)));
  return [...tasks].flatMap((task) => {
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
      fileChange(command, target).map((line) => paintChange(line, paint)),
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

function paintChange(line: string, paint: Paint): string {
  if (line.trim() === "") return "";
  if (line.startsWith("+")) return paint("green", line);
  return line.startsWith("-") ? paint("red", line) : paint("dim", line);
}

/** The same target under a name that stands for any host, so that equal work reads equal. */
function unnamed(target: Target): Target {
  return { ...target, host: { ...target.host, name: "HOST" } };
}
