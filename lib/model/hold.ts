import type { Layout } from "./layout.ts";
import type { Line } from "./shell.ts";
import { joinLines, rawLine, sh } from "./shell.ts";

/**
 * Who holds a host: the run whose lock it is, and in words what it has started there. What runs in a channel of its own may
 * outlive the session that keeps the lock, and the script of a user the shell that has begun it. So each holds this file, too,
 * shared with others of its run; who takes the lock looks whether it is free.
 */
export type Hold = { readonly layout: Layout; readonly run: string; readonly what: string };

/** Seconds to wait for one that only looks. */
const patience = 10;

/**
 * Has this bash, and all that it starts, hold the host, as long as the run has the lock. Else this bash ends: a client that has slept may
 * still have its connection, but the lock is another run's.
 */
export function holdLine({ layout: { hold, lock }, run, what }: Hold): Line {
  const isOurs = sh`IFS= read -r bg_line <${lock} && [[ $bg_line = *${run}* ]]`;
  const lost = "bgdeploy: this run no longer has the lock of this host, so it starts nothing more there";
  return sh`exec {bg_hold}>>${hold} && flock -s -w ${patience} "$bg_hold" && ${isOurs} 2>/dev/null || { echo ${lost} >&2; exit 1; }; printf '%s\n' ${what} >${hold}`;
}

/**
 * Runs a text that holds the host until it has ended, and then ends this bash. What it leaves to run in the background holds
 * nothing from then on: a daemon would for ever. But where a signal ended it since nobody listens any more (SIGPIPE), its
 * children may well be what it was for, and hold the host until they end.
 */
export function heldLine(hold: Hold, text: Line): Line {
  const isAlone = rawLine(`[[ $(LC_ALL=C kill -0 $PPID 2>&1) = *"No such"* ]]`);
  const { raw } = sh`${holdLine(hold)}
( eval ${text.raw} ); bg_status=$?
[ $bg_status -ge 128 ] && ${isAlone} || flock -u "$bg_hold"
exit $bg_status`;
  return { raw, shown: text.shown };
}

/** The words that start rsync on a host whose shell may be any. */
export function holdingRsync({ hold }: Layout): string {
  return sh`flock -s -w ${patience} ${hold} rsync`.raw;
}

/**
 * Succeeds where nothing of an earlier run is left; else it says what is. It keeps others out as long as descriptor `bg_hold`
 * is open, which is to be closed when it is written down whose the lock is now.
 */
export function isFreeLine({ hold }: Layout): Line {
  // One that another user's run has left can at least be read.
  const open = sh`{ exec {bg_hold}>>${hold} || exec {bg_hold}<${hold}; } 2>/dev/null`;
  return sh`{ { ${open} && flock -n "$bg_hold"; } || { exec {bg_hold}>&-; echo left; IFS= read -r bg_line <${hold}; echo "what $bg_line"; ${ofThem(hold)}; false; }; }`;
}

/** Nothing of the run that has the lock now was started yet. */
export function closeHoldLine({ hold }: Layout): Line {
  return sh`[ -w ${hold} ] || rm -f ${hold}; : >${hold}; exec {bg_hold}>&-`;
}

/** As what an upload holds the host. */
export const uploadName = "the upload";

/** Waits for the host's end of this run's upload, unless something else was started since: that has its own time. */
export function awaitUploadLine({ hold }: Layout, seconds: number): Line {
  const late = `the host's end of the upload did not end within ${seconds} s`;
  return sh`bg_line=; [ ! -e ${hold} ] || IFS= read -r bg_line <${hold}; case $bg_line in ''|${uploadName}) [ ! -e ${hold} ] || flock -w ${seconds} ${hold} true || { echo ${late}; false; } ;; esac`;
}

/** Whoever has the file open, and what they wait for, by the names of their programs: their words may hold secrets. */
function ofThem(hold: string): Line {
  const lines = [
    sh`bg_last=; bg_tell() { bg_line=; read -r bg_line <"/proc/$1/comm"; echo "process $1 $bg_line"; }`,
    sh`for bg_fd in /proc/[0-9]*/fd/*; do [ "$bg_fd" -ef ${hold} ] || continue; bg_pid=\${bg_fd#/proc/}; bg_pid=\${bg_pid%%/*}`,
    sh`[ "$bg_pid" != "$bg_last" ] || continue; bg_last=$bg_pid; bg_tell "$bg_pid"`,
    sh`bg_line=; read -r bg_line <"/proc/$bg_pid/task/$bg_pid/children"; for bg_pid in $bg_line; do bg_tell "$bg_pid"; done; done 2>/dev/null`,
  ];
  return joinLines(lines, "\n");
}
