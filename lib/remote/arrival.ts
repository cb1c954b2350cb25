import type { Line } from "../model/shell.ts";
import { rawLine, sh } from "../model/shell.ts";

/**
 * How a host learns by itself that an upload has arrived, a round trip before we could tell it: the status of its rsync
 * stands in the file `status` when that has ended, and is that of ours (a file that we could not read makes it fail, too).
 * `shell`: the process id of the shell there that runs it.
 */
export type Arrival = { readonly status: string; readonly shell: number };

/** Seconds between two looks: in place of a process for each, the session's shell listens for so long. */
const look = 0.02;

/** What opens a script that does not wait for its turn while the session's shell waits for an upload. */
const urgent = "#now";

/**
 * Defines `bg_await STATUS SHELL` for a session's shell, which must have `bg_hear`. It fails where the upload did, or where its
 * shell is gone. Scripts that come meanwhile are kept for later, but for urgent ones; a client that is silent for `silence`
 * seconds, or gone, ends the session as ever.
 */
export function defineAwait(silence: number): string {
  return `bg_await() {
bg_looks=0; until [ -s "$1" ]; do
  if bg_hear ${look}; then bg_looks=0; case $bg_script in '') ;; '${urgent}'*) eval "$bg_script" ;; *) bg_queue+=("$bg_script") ;; esac
  elif [ "$bg_heard" -le 128 ] || [ $((++bg_looks)) -ge ${Math.round(silence / look)} ]; then exit 1
  elif ! kill -0 "$2" 2>/dev/null; then [ -s "$1" ] || return 1; fi
done; read -r bg_heard <"$1"; return "$bg_heard"; }`;
}

export function awaitLine({ status, shell }: Arrival): Line {
  return sh`bg_await ${status} ${rawLine(`${shell}`)}`;
}

/** A script that says nothing and leaves the session's shell as it is; what it does is done soon. */
export function urgentText(line: Line): string {
  return `${urgent}\n( ${line.raw} ) </dev/null >/dev/null 2>&1 8>&- 9>&-`;
}
