import { RemoteError, SessionLostError, UserError } from "../errors.ts";
import type { Command } from "../model/command.ts";
import { waitEnded } from "../model/wait.ts";
import type { Step } from "../plan/plan.ts";
import { showSending } from "../plan/sending.ts";
import type { Ear } from "../remote/door.ts";
import type { RunEffects } from "./effects.ts";
import type { Emit, Happening } from "./event.ts";
import type { StepEnd, Turn } from "./leg.ts";
import type { Tell } from "./list.ts";
import type { Progress } from "./progress.ts";

/** How a step is performed. */
export type Performance = {
  readonly undo: boolean;
  readonly tell: Tell;
  readonly effects: RunEffects;
  /** Has another host failed, so that all is about to be undone? */
  readonly isOver?: () => boolean;
  /** After the connection was lost and opened again. */
  readonly again?: boolean;
  readonly turn?: Turn;
};

/**
 * Runs commands of a step on a host, and tells what happens. `lost`: the connection broke while they were sent ahead, and
 * whether they began is not known. `ended`: its wait was ended, since another host has failed.
 */
export async function perform(
  step: Step,
  commands: readonly Command[],
  progress: Progress,
  { undo, tell, effects, isOver, again = false, turn }: Performance,
): Promise<StepEnd | "lost" | "ended"> {
  const { target } = progress;
  const about = { host: target.host.name, task: step.task.name };
  const emit = turn === undefined ? effects.emit : emitAfter(turn.before, effects.emit);
  let from: number | undefined;
  const start = (): void => {
    if (from !== undefined) return;
    from = effects.now();
    turn?.begun();
    if (step.final && !undo) progress.committed = true;
    emit({ type: "step-started", ...about, undo, final: step.final && !undo });
  };
  if (turn?.ahead !== true) start();
  const ear: Ear = {
    began: (command) => {
      start();
      emit({ type: "command", ...about, text: effects.describe(command, target) });
    },
    output: (text) => {
      emit({ type: "output", ...about, text });
      tell(text);
    },
    progress: (sending) => {
      emit({ type: "progress", ...about, ...sending });
      tell(showSending(sending));
    },
    warning: (text) => emit({ type: "warning", warning: { host: about.host, text } }),
  };
  try {
    const performed = await effects.doors.of(about.host).perform(commands, target, ear, turn);
    if (performed === "skipped") return "skipped";
    progress.bytes += performed.bytes;
    emit({ type: "step-ended", ...about, undo, seconds: (effects.now() - (from ?? 0)) / 1000 });
    return "done";
  } catch (thrown) {
    if (from === undefined && thrown instanceof SessionLostError) return "lost";
    // It was told to end its wait: that is no failure of its own.
    if (isWaitEnded(thrown) && isOver?.() === true) {
      emit({ type: "step-failed", ...about, undo, error: new Error("stopped because another host failed") });
      return "ended";
    }
    // That a connection is lost may show here first: an upload fails by itself, and another host's failure starts an undo.
    if (undo && !again && thrown instanceof SessionLostError) {
      if ((await reconnect(progress, effects, tell)) === "failed") return "failed";
      // It has gone on alone: that the connection was lost is then all that failed.
      if (progress.committed) {
        fail(thrown, progress, { ...about, undo: false }, effects);
        return "skipped";
      }
      return await perform(step, commands, progress, { undo, tell, effects, again: true });
    }
    return fail(thrown, progress, { ...about, undo }, { ...effects, emit });
  } finally {
    progress.endedAt = effects.now();
  }
}

/** Opens the lost connection to a host again. */
export async function reconnect(progress: Progress, effects: RunEffects, tell: Tell): Promise<"done" | "failed"> {
  const about = { host: progress.target.host.name, task: "connect", undo: true };
  const from = effects.now();
  effects.emit({ type: "step-started", ...about, final: false });
  try {
    const { committed } = await effects.doors.reopen(about.host, (text) => {
      effects.emit({ type: "output", host: about.host, task: about.task, text: `${text}\n` });
      tell(text);
    });
    progress.committed ||= committed;
    effects.emit({ type: "step-ended", ...about, seconds: (effects.now() - from) / 1000 });
    return "done";
  } catch (thrown) {
    return fail(thrown, progress, about, effects);
  }
}

function isWaitEnded(thrown: unknown): boolean {
  if (thrown instanceof UserError) return isWaitEnded(thrown.cause);
  return thrown instanceof RemoteError && thrown.status === waitEnded;
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

/** Characters of output that are held back for a step whose turn has not come; what is more is not shown. */
const mostHeld = 1_000_000;

/** Keeps what happens in a step that was sent ahead until the one before it has told its end. */
function emitAfter(before: Promise<unknown>, emit: Emit): Emit {
  const held: Happening[] = [];
  let open = false;
  let room = mostHeld;
  const flush = (): void => {
    open = true;
    for (const each of held.splice(0)) emit(each);
  };
  before.then(flush, flush);
  return (happening) => {
    if (open) return emit(happening);
    if (happening.type === "output") room -= happening.text.length;
    if (happening.type !== "output" || room >= 0) held.push(happening);
  };
}
