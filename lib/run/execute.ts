import { SessionLostError } from "../errors.ts";
import type { Command } from "../model/command.ts";
import type { Plan, Step } from "../plan/plan.ts";
import { hostTitle, phaseTitle, taskTitle } from "../plan/title.ts";
import type { Door, Ear } from "../remote/door.ts";
import type { Emit } from "./event.ts";
import type { Draw, DrawnStep, Tell } from "./list.ts";
import type { Progress, Wave } from "./progress.ts";
import { hasFailed, isPastReturn, startProgress } from "./progress.ts";
import type { UndoStep } from "./undo.ts";
import { stepsToUndo } from "./undo.ts";

/** The doors of all hosts. A lost one can be opened again, which locks and reads the host anew. */
export type Doors = {
  readonly of: (host: string) => Door;
  /** Rejects when the host does not come back, or when another run has worked on it since. */
  readonly reopen: (host: string) => Promise<Door>;
};

/** What a run needs of the world. */
export type RunEffects = {
  readonly doors: Doors;
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
 * finishes what it is running, and what was begun is undone, latest first; but once a final step has begun the new
 * version stays, and what still can be done is done.
 */
export async function execute(plan: Plan, effects: RunEffects): Promise<Wave> {
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
  const kept = !stopped();
  if (!kept) await undoAll(all, effects);
  return { hosts: all, kept };
}

/** Puts back what every host has begun. A host whose undo fails stops there: what is left depends on it. */
async function undoAll(all: readonly Progress[], effects: RunEffects): Promise<void> {
  const hosts = all.filter(({ begun }) => begun.length > 0);
  if (hosts.length === 0) return;
  const blocked = new Set<Progress>();
  await effects.draw([
    {
      title: "undo",
      skip: () => false,
      hosts: hosts.map((progress) => ({
        title: hostTitle(progress.target),
        steps: [
          ...reconnectStep(progress, blocked, effects),
          ...stepsToUndo(progress.begun).map((each) => undoStep(each, progress, blocked, effects)),
        ],
      })),
    },
  ]);
  for (const progress of all) progress.undone = !hasUndoFailed(progress);
}

function undoStep(
  { step, commands }: UndoStep,
  progress: Progress,
  blocked: Set<Progress>,
  effects: RunEffects,
): DrawnStep {
  return {
    title: taskTitle(step.task, { undo: true }),
    run: async (tell) => {
      if (blocked.has(progress)) return "skipped";
      const end = await perform(step, commands, progress, { undo: true, tell, effects });
      if (end === "failed") blocked.add(progress);
      return end;
    },
  };
}

/** A host whose connection was lost is locked and read again first: another run may have been there. */
function reconnectStep(progress: Progress, blocked: Set<Progress>, effects: RunEffects): readonly DrawnStep[] {
  if (!progress.failures.some(({ error }) => error instanceof SessionLostError)) return [];
  return [
    {
      title: "connect again",
      run: async () => {
        const end = await reconnect(progress, effects);
        if (end === "failed") blocked.add(progress);
        return end;
      },
    },
  ];
}

async function reconnect(progress: Progress, effects: RunEffects): Promise<"done" | "failed"> {
  const about = { host: progress.target.host.name, task: "connect", undo: true };
  const from = effects.now();
  effects.emit({ type: "step-started", ...about });
  try {
    await effects.doors.reopen(about.host);
    effects.emit({ type: "step-ended", ...about, seconds: (effects.now() - from) / 1000 });
    return "done";
  } catch (thrown) {
    return fail(thrown, progress, about, effects);
  }
}

type Performance = {
  readonly undo: boolean;
  readonly tell: Tell;
  readonly effects: RunEffects;
  /** After the connection was lost and opened again. */
  readonly again?: boolean;
};

async function perform(
  step: Step,
  commands: readonly Command[],
  progress: Progress,
  { undo, tell, effects, again = false }: Performance,
): Promise<"done" | "failed"> {
  const { target } = progress;
  const about = { host: target.host.name, task: step.task.name };
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
    progress.bytes += await effects.doors.of(about.host).perform(commands, target, ear);
    effects.emit({ type: "step-ended", ...about, undo, seconds: (effects.now() - from) / 1000 });
    return "done";
  } catch (thrown) {
    // That a connection is lost may show here first: an upload fails by itself, and another host's failure starts an undo.
    if (undo && !again && thrown instanceof SessionLostError) {
      if ((await reconnect(progress, effects)) === "failed") return "failed";
      return await perform(step, commands, progress, { undo, tell, effects, again: true });
    }
    return fail(thrown, progress, { ...about, undo }, effects);
  } finally {
    progress.endedAt = effects.now();
  }
}

function fail(
  thrown: unknown,
  progress: Progress,
  about: { readonly host: string; readonly task: string; readonly undo: boolean },
  effects: RunEffects,
): "failed" {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  progress.failures.push({ task: about.task, undo: about.undo, error, interrupted: effects.interrupted.aborted });
  effects.emit({ type: "step-failed", ...about, error });
  return "failed";
}

function hasUndoFailed({ failures }: Progress): boolean {
  return failures.some((failure) => failure.undo);
}

function progressOf(all: readonly Progress[], host: string): Progress {
  const found = all.find((each) => each.target.host.name === host);
  if (!found) throw new Error(`no progress of ${host}`);
  return found;
}
