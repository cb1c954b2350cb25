import type { SudoNeed } from "../../model/sudo.ts";
import type { Command } from "../../model/command.ts";
import type { Target } from "../../model/target.ts";
import type { Task } from "../../model/task.ts";
import { missingScripts } from "../prepare.ts";
import { sudoLines } from "../../../recipes/templates/sudoers.ts";

/** What the tasks ask of one host. */
export type Needs = { readonly sudo: readonly SudoNeed[]; readonly refusals: readonly string[] };

/**
 * Every command that a deploy may run with sudo, the user's own tasks' too, and what the tasks refuse of the host.
 * Scripts are looked for from `directory`, the config's.
 */
export function needsOf(tasks: readonly Task[], target: Target, directory: string): Needs {
  const lines = sudoLines(target.app, target.layout, target.facts.user.name);
  const known = new Set(lines.map(({ words }) => spell(words)));
  const worked = tasks.map((task) => workOut(task, target, directory));
  const own = worked
    .flatMap((each) => each.sudo)
    .filter(
      ({ words }, index, all) =>
        !known.has(spell(words)) &&
        words[0] !== target.layout.helper &&
        all.findIndex((each) => spell(each.words) === spell(words)) === index,
    );
  return { sudo: [...lines, ...own], refusals: worked.flatMap((each) => each.refusals) };
}

function workOut(task: Task, target: Target, directory: string): Needs {
  try {
    const commands = task.commands(target);
    const undo = typeof task.undo === "function" ? task.undo(target) : [];
    const refusal = commands.length === 0 ? undefined : task.refuse(target);
    const missing = missingScripts(commands, directory).map((file) => `tasks: the script ${file} does not exist`);
    return {
      sudo: sudoOf([...commands, ...undo], task),
      refusals: [...(refusal === undefined ? [] : [refusal]), ...missing],
    };
  } catch (error) {
    return {
      sudo: [],
      refusals: [`the task ${task.name} fails on this host: ${error instanceof Error ? error.message : String(error)}`],
    };
  }
}

function sudoOf(commands: readonly Command[], { title }: Task): readonly SudoNeed[] {
  return commands.flatMap((each) =>
    each.kind === "sudo" ? [{ words: each.words, needed: !each.optional && !each.mayFail, why: title }] : [],
  );
}

/** The plain form of enable and disable stands in for the quick one. */
function spell(words: readonly string[]): string {
  return words.filter((word) => word !== "--no-reload").join(" ");
}
