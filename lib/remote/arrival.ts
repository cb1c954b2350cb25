import type { Line } from "../model/shell.ts";
import { rawLine, sh } from "../model/shell.ts";

/**
 * How a host learns by itself that an upload has arrived, a round trip before we could tell it: the status of its rsync
 * stands in the file `status` when that has ended, and is that of ours (a file that we could not read makes it fail, too).
 * `shell`: the process id of the shell there that runs it. `far`: the client's word that it has ended would come late.
 */
export type Arrival = { readonly status: string; readonly shell: number; readonly far: boolean };

/**
 * Milliseconds between two looks, three digits: in place of a process for each, the session's shell listens for so long, and
 * any word of the client has it look. Each look is a sixth of a millisecond of the host's processor.
 */
const look = { far: "020", near: "250" };

/** What opens a script that does not wait for its turn while the session's shell waits for an upload (`host/session.sh`). */
const urgent = "#now";

export function awaitLine({ status, shell, far }: Arrival): Line {
  return sh`bg_await_upload ${status} ${rawLine(`${shell}`)} ${rawLine(far ? look.far : look.near)}`;
}

/** A script that says nothing and leaves the session's shell as it is; what it does is done soon. */
export function urgentText(line: Line): string {
  return `${urgent}\n( ${line.raw} ) </dev/null >/dev/null 2>&1 8>&- 9>&-`;
}
