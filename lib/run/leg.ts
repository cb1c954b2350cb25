import { isHostCommand } from "../model/command.ts";
import type { Step } from "../plan/plan.ts";
import type { Pace } from "../remote/door.ts";
import type { Tell } from "./list.ts";

export type StepEnd = "done" | "failed" | "skipped";

/** One host on its way through steps for which it waits for no other host. */
export type Leg = {
  /** Does a step that is due: begins it, or waits for one that was sent ahead. */
  run(step: Step, tell: Tell): Promise<StepEnd>;
  /** Does a step that was sent ahead run? Then it must be waited for, whatever has happened since. */
  runs(step: Step): Promise<boolean>;
};

/** When a step is performed: after the end of the one before it, or sent ahead of that. */
export type Turn = Pace & {
  readonly before: Promise<unknown>;
  /** Told when the host has begun it. */
  readonly begun: () => void;
};

export type LegEffects = {
  /** May steps be sent ahead at all? */
  readonly ahead: boolean;
  /** Has no other host a say? Then the step of no return is sent ahead, too. */
  readonly alone: boolean;
  readonly begin: (step: Step, turn: Turn, tell: Tell) => Promise<StepEnd>;
  /** May the host begin a further step? */
  readonly mayBegin: () => boolean;
};

/** A step that was sent. */
type Sent = {
  readonly end: Promise<StepEnd>;
  /** Has the host begun it? `false` when it has ended, and never began. */
  readonly runs: Promise<boolean>;
  /** Ends when the step has, and all before it: a host may go on before it is known here that an upload has ended. */
  readonly through: Promise<unknown>;
};

/**
 * Sends each step as soon as the one before it is on its way, so that a host need not wait for us between them: what
 * costs a round trip a step would else be most of a deploy over a slow line. The host begins none behind one that failed.
 *
 * Two things only happen on the client's word: what is not the host's own command, and, where other hosts may yet fail, the
 * step of no return. Sent ahead, it is the host that notes whether it has begun (`Layout.committed`).
 */
export function makeLeg(steps: readonly Step[], { ahead, alone, begin, mayBegin }: LegEffects): Leg {
  const sent = new Map<Step, Sent>();
  const tells = new Map<Step, Tell>();

  function start(step: Step, before: Step | undefined): Promise<StepEnd> {
    const end = Promise.withResolvers<StepEnd>();
    const runs = Promise.withResolvers<boolean>();
    const allBefore = (before && sent.get(before)?.through) ?? Promise.resolve();
    const through = Promise.allSettled([allBefore, end.promise]);
    sent.set(step, { end: end.promise, runs: runs.promise, through });
    void end.promise.finally(() => runs.resolve(false)).catch(() => {});
    const turn = {
      ahead: before !== undefined,
      before: allBefore,
      begun: () => runs.resolve(true),
      sent: () => sendAhead(step, steps[steps.indexOf(step) + 1]),
    };
    begin(step, turn, (text) => tells.get(step)?.(text)).then(end.resolve, end.reject);
    return end.promise;
  }

  function sendAhead(before: Step, next: Step | undefined): void {
    const [first] = next?.commands ?? [];
    if (!ahead || next === undefined || first === undefined || sent.has(next)) return;
    const inTurn = next.final === before.final || (alone && next.task.commits);
    if (inTurn && isHostCommand(first) && mayBegin()) void start(next, before);
  }

  return {
    runs: async (step) => (await sent.get(step)?.runs) ?? false,
    async run(step, tell) {
      tells.set(step, tell);
      const end = (await sent.get(step)?.end) ?? "skipped";
      return end === "skipped" && mayBegin() ? start(step, undefined) : end;
    },
  };
}
