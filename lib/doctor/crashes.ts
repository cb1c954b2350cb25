import { showSeconds } from "../model/duration.ts";
import type { UnitHealth } from "../model/exam.ts";
import { onHost } from "../model/problem.ts";
import { variants } from "../model/variant.ts";
import type { Finding } from "./finding.ts";
import { fixable, warning, wrong } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** Units that crash again and again, have crashed, or have failed for good. */
export function crashFindings({ target: { facts, layout, live }, exam }: Patient): readonly Finding[] {
  return variants.flatMap((variant) => {
    const { restarts, result, runs = 0 } = exam.units[variant];
    const { active } = facts.units[variant];
    const service = layout.service(variant);
    const look = onHost(`journalctl -u ${service} -n 50 --no-pager`);
    const times = restarts === 1 ? "once" : `${restarts} times`;
    // While it runs for a moment, its result is of this start.
    const how = result === "success" ? "" : ` (${result})`;
    if (isCrashing(exam.units[variant]))
      return [wrong(`${service} keeps crashing: systemd has restarted it ${times}${how}`, look)];
    if (active === "failed" && variant !== live) {
      const reset = onHost(`sudo systemctl reset-failed ${service}`);
      return [fixable(warning(`${service}, which serves no traffic, has failed (${result})`, reset, look))];
    }
    if (active === "active" && restarts > 0)
      return [
        warning(`${service} has run for ${showSeconds(runs)}, but systemd had restarted it before that ${times}`, look),
      ];
    return [];
  });
}

/** Seconds that a unit must run before its crashes count as over. */
const steady = 30;

/** Between two crashes a unit waits to be started again, or runs for a moment. */
export function isCrashing({ sub, runs, restarts }: UnitHealth): boolean {
  return sub.startsWith("auto-restart") || (restarts > 1 && runs !== undefined && runs < steady);
}
