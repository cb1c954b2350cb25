import { heartbeat } from "./prelude.ts";

/** The client says something at least this often (ms); the host's shell gives up after three times as long. */
const interval = 10_000;

/** Milliseconds without a word of ours from which on a host may have let go of us. */
const tooLong = 28_000;

/** Milliseconds in which that shows. */
const toShow = 90_000;

/** Tells a host regularly that we are there. `now`: milliseconds of a clock that goes on while this machine sleeps. */
export function startHeartbeat(
  say: (text: string) => void,
  now: () => number,
): { readonly slept: () => string | undefined; readonly stop: () => void } {
  let last = now();
  let gap: { readonly seconds: number; readonly until: number } | undefined;
  const look = (): void => {
    const passed = now() - last;
    if (passed > tooLong) gap = { seconds: Math.round(passed / 1000), until: now() + toShow };
    last = now();
  };
  const beating = setInterval(() => {
    look();
    say(heartbeat);
  }, interval);
  beating.unref();
  return {
    /** Why a host may have let go of us: this machine was asleep, or we were stopped. */
    slept() {
      look();
      if (gap === undefined || now() > gap.until) return undefined;
      return `this machine slept, or bgdeploy was stopped, for ${gap.seconds} s; a host drops a run after 30 s of silence`;
    },
    stop: () => clearInterval(beating),
  };
}
