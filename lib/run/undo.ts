import type { Command } from "../model/command.ts";
import type { Step } from "../plan/plan.ts";

export type UndoStep = { readonly step: Step; readonly commands: readonly Command[] };

/**
 * What takes back the steps that began, latest first, urgent ones before the others: the failed one too, for it may have done
 * half of its work.
 */
export function stepsToUndo(begun: readonly Step[]): readonly UndoStep[] {
  const latestFirst = begun.toReversed();
  const urgentFirst = [
    ...latestFirst.filter(({ task }) => task.urgent),
    ...latestFirst.filter(({ task }) => !task.urgent),
  ];
  return urgentFirst.flatMap((step) => {
    const { undo } = step;
    return typeof undo === "string" || undo.length === 0 ? [] : [{ step, commands: undo }];
  });
}
