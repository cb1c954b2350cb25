import { onHost } from "../model/problem.ts";
import { unitWords } from "../model/privileged.ts";
import type { Variant } from "../model/variant.ts";
import { variants } from "../model/variant.ts";
import type { Mend } from "../model/problem.ts";
import type { Finding } from "./finding.ts";
import { fine, fixable, wrong } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** What the next reboot starts: nginx, the live variant, and only that one. */
export function bootFindings({ target, exam, locked }: Patient): readonly Finding[] {
  const { facts, live, layout } = target;
  const nginx =
    facts.tools.nginx === undefined || exam.nginxStartsAtBoot
      ? []
      : [
          wrong(
            "nginx does not start at boot: after a reboot nothing would serve",
            onHost("sudo systemctl enable nginx"),
          ),
        ];
  // Between the switch and the end of a run both are enabled.
  if (live === undefined || locked.byRun !== undefined) return nginx;
  const boot = variants.filter((variant) => facts.units[variant].enabled);
  if (boot.length === 1 && boot[0] === live) return [...nginx, fine(`a reboot starts ${live}, and only that`)];
  const verb = (word: "enable" | "disable", variant: Variant): Mend =>
    onHost(`sudo ${unitWords({ layout, sudo: facts.sudo }, word, variant).join(" ")}`);
  const mends = [
    ...(boot.includes(live) ? [] : [verb("enable", live)]),
    ...boot.filter((variant) => variant !== live).map((variant) => verb("disable", variant)),
  ];
  return [
    ...nginx,
    fixable(wrong(`after a reboot ${boot.join(" and ") || "nothing"} would start, but ${live} is live`, ...mends)),
  ];
}
