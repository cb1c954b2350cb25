import type { Line } from "../lib/index.ts";
import { rawLine, sh, stopAloneLine, waitEnded } from "../lib/index.ts";
import { napSource } from "../host/nap.ts";

/** Seconds between two looks: before the second one, and before each further one. */
export type Pace = { readonly first: number; readonly next: number };

const steady: Pace = { first: 0.03, next: 0.03 };

export type PollOptions = { readonly interrupt?: string | undefined; readonly pace?: Pace };

/**
 * Looks until `bg_left` is 0, on the host itself: a round trip for each look would cost more than the wait.
 * `count` sets `bg_left`; `late` runs when `timeout` (ms) is over first. Where a file `interrupt` is named, its presence
 * ends the wait as a failure. So does the end of the connection: a wait that nobody hears must not hold the lock.
 */
export function pollLine(
  count: Line,
  timeout: number,
  late: Line,
  { interrupt, pace = steady }: PollOptions = {},
): Line {
  return rawLine(
    [
      `${clockLine}; bg_end=$(( bg_now + ${Math.round(timeout * 1000)} )); bg_pace=${pace.first}`,
      napSource,
      "while :; do",
      `  ${stopAloneLine}`,
      indent(count.raw),
      "  [ $bg_left = 0 ] && break",
      `  ${clockLine}; if [ $bg_now -ge $bg_end ]; then ${late.raw}; break; fi`,
      ...(interrupt === undefined ? [] : [`  ${endLine(interrupt, '"interrupted, with $bg_left left"').raw}`]),
      `  bg_nap $bg_pace; bg_pace=${pace.next}`,
      "done",
    ].join("\n"),
  );
}

/** Sets `bg_now` to the microseconds since the boot, in steps of 10 ms: the time of day may be set while someone waits (proc_uptime(5)). */
export const clockLine = "read -r bg_now _ </proc/uptime; bg_now=$((10#${bg_now/./} * 10000))";

/** Ends a wait that is not wanted any more, and says the words `said`. */
export function endLine(interrupt: string, said: string): Line {
  return sh`[ ! -e ${interrupt} ] || { echo ${rawLine(said)}; exit ${waitEnded}; }`;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
