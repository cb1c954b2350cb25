import type { Line } from "../lib/index.ts";
import { rawLine, sh } from "../lib/index.ts";

/**
 * Looks until `bg_left` is 0, on the host itself: a round trip for each look would cost more than the wait.
 * `count` sets `bg_left`; `late` runs when `timeout` (ms) is over first. Where a file `interrupt` is named, its presence
 * ends the wait as a failure.
 */
export function pollLine(count: Line, timeout: number, late: Line, interrupt?: string): Line {
  return rawLine(
    [
      `bg_end=$(( \${EPOCHREALTIME/[.,]/} + ${Math.round(timeout * 1000)} ))`,
      "while :; do",
      indent(count.raw),
      "  [ $bg_left = 0 ] && break",
      `  if [ \${EPOCHREALTIME/[.,]/} -ge $bg_end ]; then ${late.raw}; break; fi`,
      ...(interrupt === undefined
        ? []
        : [sh`  [ ! -e ${interrupt} ] || { echo "interrupted, with $bg_left left"; exit 1; }`.raw]),
      "  sleep 0.03",
      "done",
    ].join("\n"),
  );
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
