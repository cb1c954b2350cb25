import type { Layout } from "../model/layout.ts";
import { sh } from "../model/shell.ts";
import type { Variant } from "../model/variant.ts";
import { unitFields } from "./log-entry.ts";

/** Which part of an app's log, as systemd's journal has it. */
export type LogPart = {
  readonly variants: readonly Variant[];
  /** Seconds back from now, by the host's own clock. */
  readonly since: number | undefined;
  /** The last so many lines; `undefined` for all. */
  readonly lines: number | undefined;
  readonly follow: boolean;
  /** Only what comes after this entry; `since` and `lines` then mean nothing. */
  readonly after?: string | undefined;
};

/** The exit status where the user, whom stderr names, may not read the journal: journalctl would show an empty one, and end with 0. */
export const mayNotRead = 77;

/** Shell text that prints the app's log as JSON, an entry a line (journalctl(1), systemd.journal-fields(7)). */
export function logText(layout: Layout, { variants, since, lines, follow, after }: LogPart): string {
  const part = [
    ...(since === undefined ? [] : [`--since=-${since}s`]),
    ...(lines === undefined ? [] : [`--lines=${lines}`]),
    // Else `--follow` takes the last ten.
    ...(follow && lines === undefined ? ["--no-tail"] : []),
  ];
  const words = [
    "--quiet",
    "--no-pager",
    "--all",
    "--output=json",
    `--output-fields=${["MESSAGE", ...unitFields].join(",")}`,
    ...variants.map((variant) => `--unit=${layout.service(variant)}`),
    ...(follow ? ["--follow"] : []),
    ...(after === undefined ? part : [`--after-cursor=${after}`, ...(follow ? ["--no-tail"] : [])]),
  ];
  return sh`bg_may=; [ "$UID" = 0 ] && bg_may=yes; for bg_file in /run/log/journal/*/system.journal /var/log/journal/*/system.journal; do [ -r "$bg_file" ] && bg_may=yes; done
[ -n "$bg_may" ] || { id -un >&2; exit ${mayNotRead}; }; exec journalctl ${words}`.raw;
}
