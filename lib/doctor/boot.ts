import { onHost } from "../model/problem.ts";
import { unitWords } from "../model/privileged.ts";
import type { Variant } from "../model/variant.ts";
import { variants } from "../model/variant.ts";
import type { Mend } from "../model/problem.ts";
import { maskProblems, restartProblems } from "../plan/unit-bars.ts";
import type { Finding } from "./finding.ts";
import { fine, fixable, wrong } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** What the next reboot starts: nginx, the live variant, and only that one. */
export function bootFindings({ target, exam, locked, stage }: Patient): readonly Finding[] {
  const { facts, live, idle, layout } = target;
  const nginx =
    facts.tools.nginx === undefined || exam.nginxAtBoot.startsWith("enabled")
      ? []
      : [
          wrong(
            "nginx does not start at boot: after a reboot nothing would serve",
            ...(exam.nginxAtBoot.startsWith("masked") ? [onHost(`sudo systemctl unmask ${layout.nginx.unit}`)] : []),
            onHost(`sudo systemctl enable ${layout.nginx.unit}`),
          ),
        ];
  // Of one that serves nobody the next run writes the environment.
  const bars = [...(live === undefined ? [] : restartProblems(target, live, stage)), ...maskProblems(target, idle)].map(
    ({ what, mend }) => wrong(what, ...(mend === undefined ? [] : [mend])),
  );
  // Between the switch and the end of a run both are enabled.
  // systemd enables nothing that has no unit, which is said elsewhere.
  const hasUnit = facts.files.unit !== undefined && facts.units[live ?? idle].maskedBy === undefined;
  if (live === undefined || locked.byRun !== undefined || !hasUnit) return [...nginx, ...bars];
  const boot = variants.filter((variant) => facts.units[variant].enabled);
  if (boot.length === 1 && boot[0] === live)
    return [...nginx, ...bars, ...(bars.length > 0 ? [] : [fine(`a reboot starts ${live}, and only that`)])];
  const verb = (word: "enable" | "disable", variant: Variant): Mend =>
    onHost(`sudo ${unitWords({ layout, sudo: facts.sudo }, word, variant).join(" ")}`);
  const mends = [
    ...(boot.includes(live) ? [] : [verb("enable", live)]),
    ...boot.filter((variant) => variant !== live).map((variant) => verb("disable", variant)),
  ];
  return [
    ...nginx,
    ...bars,
    fixable(wrong(`after a reboot ${boot.join(" and ") || "nothing"} would start, but ${live} is live`, ...mends)),
  ];
}
