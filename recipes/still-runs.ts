import type { Command, Line, Target } from "../lib/index.ts";
import { rawLine, sh, shell } from "../lib/index.ts";
import { lastWordsLine } from "./last-words.ts";
import { defineTaken } from "./stranger.ts";
import { isWarm } from "./warm.ts";

/**
 * Notes which process the unit runs, as whom, since when, and how often systemd has restarted it: an earlier crash loop's count
 * outlives a stop in its pause. Before 247 systemd tells no time that its journal understands.
 */
export function noteStart({ layout, idle }: Target): Command {
  const show = sh`-p MainPID,NRestarts,UID,InvocationID,InactiveExitTimestamp ${layout.service(idle)}`;
  return shell(
    "note its start",
    sh`systemctl show --timestamp=us+utc ${show} >${layout.restarts} 2>/dev/null || systemctl show ${show} >${layout.restarts}`,
    { simple: true },
  );
}

/** Sets `bg_main`, `bg_count`, `bg_user`, `bg_invocation` and `bg_begun` to what was noted. As long as that process is there, systemd need not be asked: it is dear. */
export function readStartLine({ layout }: Target): Line {
  return sh`bg_main= bg_user= bg_invocation= bg_begun= bg_count=NRestarts=0; [ ! -r ${layout.restarts} ] || while read -r bg_line; do case $bg_line in NRestarts=*) bg_count=$bg_line ;; MainPID=*) bg_main=\${bg_line#*=} bg_main=\${bg_main%%[!0-9]*} ;; UID=*) bg_user=\${bg_line#*=} ;; InvocationID=*) bg_invocation=\${bg_line#*=} ;; InactiveExitTimestamp=*.*) bg_begun=\${bg_line#*=} ;; esac; done <${layout.restarts}`;
}

/** Sets `bg_state`, and defines `bg_crashed`: has the unit been started again since this run started it? */
export function unitStateLine({ layout, idle }: Target): Line {
  return sh`bg_state=$(systemctl show -p ActiveState,NRestarts,MainPID ${layout.service(idle)}); bg_crashed() { case "$bg_state"$'\\n' in *"$bg_count"$'\\n'*) false ;; *) true ;; esac; }`;
}

/**
 * Fails unless the new variant runs as it did after its start, and none but its unit takes the connections to its port: an
 * app that had to be started again is not healthy, and its port was free meanwhile.
 */
export function stillRunsLine(target: Target): Line {
  return sh`${readStartLine(target)}; ${defineTaken(target)}
! bg_taken || { echo "$bg_why"; exit 1; }; ${lookLine(target)}`;
}

/** The same for a loop that looks often. */
export function watchLine(target: Target): Line {
  return sh`[ -n "$bg_known" ] || { ${readStartLine(target)}; bg_known=yes; }; ${lookLine(target)}`;
}

/** What `bg_state` is like of a unit that serves, also while it takes a new configuration. */
export const isUp = "*ActiveState=active*|*ActiveState=reloading*|*ActiveState=refreshing*";

/** Asks systemd only where the process is gone that it named at the last time. */
function lookLine(target: Target): Line {
  const main = sh`bg_main=\${bg_state##*MainPID=}; bg_main=\${bg_main%%[!0-9]*}`;
  const judge = orEndLine(target, rawLine("${bg_state/MainPID=$bg_main}"));
  return sh`[ -d /proc/"\${bg_main:-none}" ] || { ${unitStateLine(target)}; ${main}; ${judge}; }`;
}

/** Judges `bg_state`; `said` is what is shown of it. */
function orEndLine(target: Target, said: Line): Line {
  const unit = target.layout.service(target.idle);
  // A variant that was kept warm may have had its crash long ago.
  const crashed = rawLine(isWarm(target) ? "false" : "bg_crashed");
  return sh`case "$bg_state" in ${rawLine(isUp)}) ! ${crashed} ;; *) false ;; esac || { echo ${unit} "does not run any more: "${said}; ${lastWordsLine(target)}; exit 1; }`;
}
