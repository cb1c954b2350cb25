import type { Command } from "../../../lib/model/command.ts";
import type { Target } from "../../../lib/model/target.ts";
import type { Task } from "../../../lib/model/task.ts";
import { describe } from "../../../lib/plan/describe.ts";

/** What a task does on a host, as text. Shell text of several lines is given by its title; other tests run it. */
export function linesOf(task: Task | undefined, target: Target): readonly string[] {
  return textOf(task?.commands(target) ?? ["no such task"], target);
}

/** What takes a task back on a host. */
export function undoOf(task: Task | undefined, target: Target): readonly string[] | string {
  const undo = task?.undo ?? "no such task";
  return typeof undo === "function" ? textOf(undo(target), target) : undo;
}

/** The names of tasks, with a mark at those where all hosts wait for each other. */
export function namesOf(tasks: readonly Task[]): readonly string[] {
  return tasks.map((task) => `${task.barrier ? "‖ " : ""}${task.name}${task.commits ? " (commits)" : ""}`);
}

function textOf(commands: readonly (Command | string)[], target: Target): readonly string[] {
  return commands.map((command) => {
    if (typeof command === "string") return command;
    const isLong = command.kind === "shell" && /\n| case /.test(command.line.shown);
    const optional = command.kind === "sudo" && command.optional ? " (optional)" : "";
    const mayFail = command.kind === "sudo" && command.mayFail ? " (may fail)" : "";
    return isLong ? `# ${command.title}` : `${describe(command, target)}${optional}${mayFail}`;
  });
}
