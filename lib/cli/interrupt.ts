import { exitCodes } from "../errors.ts";
import { nudge } from "../remote/nudge.ts";
import type { Going } from "../report/interruption.ts";
import { escalation, interruption, stopping } from "../report/interruption.ts";
import type { Emit } from "../run/event.ts";
import type { Moment } from "../run/moment.ts";
import type { Fleet } from "./fleet.ts";
import type { World } from "./world.ts";

/** What is to be known of a run when a signal comes. */
export type Interruptible = {
  /** The word of our run, once the locks are ours. Else the waits on the hosts are another run's, and not to be ended. */
  readonly holds: () => string | undefined;
  readonly moment: () => Moment;
  readonly going: Going;
  readonly emit: Emit;
  /** Ends the uploads that run: nothing of a release that is to be undone need be sent. */
  readonly cut?: () => void;
  /** Says something where it can be seen now. */
  readonly say: (text: string) => void;
};

/** Milliseconds in which the same signal again is no second word: `timeout` and others pass on what the terminal has told us, too. */
const echo = 100;

/** Once: finish what runs, and undo, or finish it all where it can no longer be undone. Twice: stop now, and say what that leaves. */
export function hearInterrupts(
  world: World,
  fleet: Fleet,
  run: Interruptible,
): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  let heardAt = 0;
  let isEscalated = false;
  const stop = world.onSignal((signal) => {
    const moment = run.moment();
    if (signal === controller.signal.reason && world.now() - heardAt < echo) return;
    if (!controller.signal.aborted) {
      heardAt = world.now();
      controller.abort(signal);
      fleet.hasten();
      if (moment === "before" || moment === "running") run.cut?.();
      const word = run.holds();
      if (word !== undefined) for (const place of fleet.places) nudge(place, word);
      const text = interruption(signal, moment, run.going);
      run.say(`${text}\n`);
      run.emit({ type: "interrupted", signal, text });
      return;
    }
    // A CI that cancels a job says more and more: SIGINT, SIGTERM, and then SIGKILL. Until then the undo goes on.
    if (!isEscalated && controller.signal.reason === "SIGINT" && signal === "SIGTERM") {
      isEscalated = true;
      run.say(`${escalation(signal)}\n`);
      return;
    }
    const hosts = fleet.places.map(({ connected }) => connected.session.host).join(", ");
    const left = stopping(moment, hosts, run.going);
    const exitCode = moment === "before" ? exitCodes.interrupted : exitCodes.mend;
    fleet.kill();
    world.stderr.write(`\n${left.join("\n")}\n`);
    world.json?.finish(exitCode, left);
    world.exitNow(exitCode);
  });
  return { signal: controller.signal, stop };
}
