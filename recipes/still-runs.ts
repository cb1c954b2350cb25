import type { Command, Line, Target } from "../lib/index.ts";
import { rawLine, sh, shell } from "../lib/index.ts";
import { isWarm } from "./warm.ts";

/** Notes how often systemd has restarted the unit: the count of an earlier crash loop outlives a stop in its pause. */
export function noteRestarts({ layout, idle }: Target): Command {
  return shell("note its start", sh`systemctl show -p NRestarts ${layout.service(idle)} >${layout.restarts}`);
}

/** Sets `bg_state`, and defines `bg_crashed`: has the unit been started again since this run started it? */
export function unitStateLine({ layout, idle }: Target, ...further: readonly string[]): Line {
  const properties = ["ActiveState", "NRestarts", ...further].join(",");
  const count = sh`local bg_count=NRestarts=0; [ ! -r ${layout.restarts} ] || read -r bg_count <${layout.restarts}`;
  return sh`bg_state=$(systemctl show -p ${properties} ${layout.service(idle)}); bg_crashed() { ${count}; case "$bg_state"$'\\n' in *"$bg_count"$'\\n'*) false ;; *) true ;; esac; }`;
}

/** Fails unless the new variant runs as it did after its start: an app that had to be started again is not healthy. */
export function stillRunsLine(target: Target): Line {
  return sh`${unitStateLine(target)}; ${orEndLine(target, rawLine("$bg_state"))}`;
}

/** Judges `bg_state`; `said` is what is shown of it. */
function orEndLine(target: Target, said: Line): Line {
  const unit = target.layout.service(target.idle);
  // A variant that was kept warm may have had its crash long ago.
  const crashed = rawLine(isWarm(target) ? "false" : "bg_crashed");
  const journal = sh`journalctl -u ${unit} -n 15 --no-pager -o cat`;
  return sh`case "$bg_state" in *ActiveState=active*) ! ${crashed} ;; *) false ;; esac || { echo ${unit} "does not run any more: "${said}; ${journal}; exit 1; }`;
}

/** The same for a loop that looks often: systemd is asked only where the process is gone that it named at the last time. */
export function watchLine(target: Target): Line {
  const main = sh`bg_main=\${bg_state##*MainPID=}; bg_main=\${bg_main%%[!0-9]*}`;
  const judge = orEndLine(target, rawLine("${bg_state/MainPID=$bg_main}"));
  return sh`[ -d /proc/"\${bg_main:-none}" ] || { ${unitStateLine(target, "MainPID")}; ${main}; ${judge}; }`;
}
