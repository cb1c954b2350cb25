import type { Command } from "../model/command.ts";
import type { Plan, Step } from "../plan/plan.ts";
import { hostTitle, phaseTitle, taskTitle } from "../plan/title.ts";
import type { Door, Ear } from "../remote/door.ts";
import type { Emit } from "./event.ts";
import type { Draw, Tell } from "./list.ts";
import type { Progress } from "./progress.ts";
import { hasFailed, isPastReturn, startProgress } from "./progress.ts";
import type { UndoStep } from "./undo.ts";
import { stepsToUndo } from "./undo.ts";

/** What a run needs of the world. */
export type RunEffects = {
  readonly doors: ReadonlyMap<string, Door>;
  readonly emit: Emit;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Draws the lists and runs what stands in them. */
  readonly draw: Draw;
  /** Set when the user or the system asked to stop. */
  readonly interrupted: AbortSignal;
  readonly describe: (command: Command, target: Progress["target"]) => string;
};

/**
 * Runs a plan: phase after phase, in each all hosts at once. When a step fails, or someone interrupts, every host
 * finishes what it is running, and what was begun is undone, latest first; but once an irreversible step has begun the
 * new version stays, and what still can be done is done.
 */
export async function execute(plan: Plan, effects: RunEffects): Promise<readonly Progress[]> {
  const all = plan.targets.map((target) => startProgress(target, effects.now()));
  const stopped = (): boolean => !isPastReturn(all) && (hasFailed(all) || effects.interrupted.aborted);

  await effects.draw(
    plan.phases.map((phase) => ({
      title: phaseTitle(phase),
      skip: stopped,
      hosts: phase.hosts.map(({ target, steps }) => ({
        title: hostTitle(target),
        steps: steps.map((step) => ({
          title: taskTitle(step.task),
          run: async (tell: Tell) => {
            const progress = progressOf(all, target.host.name);
            // A host that failed does nothing more; the others stop as long as all can be undone.
            if (progress.failures.length > 0 || stopped()) return "skipped";
            progress.begun.push(step);
            return perform(step, step.commands, progress, { undo: false, tell, effects });
          },
        })),
      })),
    })),
  );
  if (stopped()) await undoAll(all, effects);
  return all;
}

/** Puts back what every host has begun. A host whose undo fails stops there: what is left depends on it. */
async function undoAll(all: readonly Progress[], effects: RunEffects): Promise<void> {
  const hosts = all.map((progress) => ({ progress, steps: stepsToUndo(progress.begun) })).filter(({ steps }) => steps.length > 0);
  if (hosts.length === 0) return;
  await effects.draw([
    {
      title: "undo",
      skip: () => false,
      hosts: hosts.map(({ progress, steps }) => ({
        title: hostTitle(progress.target),
        steps: steps.map(({ step, commands }: UndoStep) => ({
          title: taskTitle(step.task, { undo: true }),
          run: async (tell: Tell) => {
            if (progress.failures.some((failure) => failure.undo)) return "skipped";
            return perform(step, commands, progress, { undo: true, tell, effects });
          },
        })),
      })),
    },
  ]);
  for (const progress of all) progress.undone = !progress.failures.some((failure) => failure.undo);
}

type Performance = { readonly undo: boolean; readonly tell: Tell; readonly effects: RunEffects };

async function perform(
  step: Step,
  commands: readonly Command[],
  progress: Progress,
  { undo, tell, effects }: Performance,
): Promise<"done" | "failed"> {
  const { target } = progress;
  const about = { host: target.host.name, task: step.task.name };
  const door = effects.doors.get(about.host);
  const from = effects.now();
  effects.emit({ type: "step-started", ...about, undo });
  const ear: Ear = {
    began: (command) => effects.emit({ type: "command", ...about, text: effects.describe(command, target) }),
    output: (text) => {
      effects.emit({ type: "output", ...about, text });
      tell(text);
    },
    progress: (percent) => {
      effects.emit({ type: "progress", ...about, text: `${percent} %` });
      tell(`${percent} %`);
    },
    warning: (text) => effects.emit({ type: "warning", warning: { host: about.host, text } }),
  };
  try {
    if (!door) throw new Error(`no connection to ${about.host}`);
    progress.bytes += await door.perform(commands, target, ear);
    effects.emit({ type: "step-ended", ...about, undo, seconds: (effects.now() - from) / 1000 });
    return "done";
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    progress.failures.push({ task: step.task.name, undo, error });
    effects.emit({ type: "step-failed", ...about, undo, error });
    return "failed";
  } finally {
    progress.endedAt = effects.now();
  }
}

function progressOf(all: readonly Progress[], host: string): Progress {
  const found = all.find((each) => each.target.host.name === host);
  if (!found) throw new Error(`no progress of ${host}`);
  return found;
}

