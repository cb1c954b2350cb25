import type { Line, Target } from "../lib/index.ts";
import { rawLine, sh } from "../lib/index.ts";
import { isWarm } from "./warm.ts";

/** Fails unless the new variant runs as it did after its start: an app that had to be started again is not healthy. */
export function stillRunsLine(target: Target): Line {
  const unit = target.layout.service(target.idle);
  // A variant that was kept warm may have had its crash long ago.
  const restarts = isWarm(target) ? "" : "*NRestarts=0";
  return sh`bg_state=$(systemctl show -p NRestarts,ActiveState ${unit}); case "$bg_state" in ${rawLine(`${restarts}*ActiveState=active*`)}${rawLine(restarts === "" ? "" : "|*ActiveState=active*NRestarts=0*")}) ;; *) echo ${unit} "does not run any more: $bg_state"; journalctl -u ${unit} -n 15 --no-pager -o cat; exit 1;; esac`;
}

/** The same for a loop that looks often: systemd is asked only where the process is gone that it named at the last time. */
export function watchLine(target: Target): Line {
  const unit = target.layout.service(target.idle);
  return sh`[ -d /proc/"\${bg_main:-none}" ] || { ${stillRunsLine(target)}; bg_main=$(systemctl show -p MainPID --value ${unit}); }`;
}
