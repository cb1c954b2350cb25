import type { Problem } from "../model/problem.ts";
import { here, onHost, problem } from "../model/problem.ts";
import type { Target } from "../model/target.ts";
import type { Variant } from "../model/variant.ts";

type Looked = Pick<Target, "facts" | "layout">;

/** systemd starts no unit that is masked: neither for a run nor at boot. */
export function maskProblems({ facts, layout }: Looked, variant: Variant): readonly Problem[] {
  const path = facts.units[variant].maskedBy;
  if (path === undefined) return [];
  const name = path.slice(path.lastIndexOf("/") + 1);
  const runtime = path.startsWith("/run/") ? "--runtime " : "";
  return [
    problem(
      `${layout.service(variant)} is masked (${path} leads to /dev/null), so systemd refuses to start it`,
      "Unmask it",
      onHost(`sudo systemctl unmask ${runtime}${name}`),
    ),
  ];
}

/** Why the live variant, which runs, would not start again: after a crash or a reboot nothing would serve. */
export function restartProblems(looked: Looked, live: Variant, stage: string): readonly Problem[] {
  const { facts, layout } = looked;
  const environment = layout.unitEnvironment(live);
  const isNeeded = facts.files.unit?.split("\n").includes(`EnvironmentFile=${layout.unitEnvironment("%i")}`) === true;
  return [
    ...maskProblems(looked, live),
    ...(facts.units[live].lacksEnvironment === true && isNeeded
      ? [
          problem(
            `${environment} is missing, and ${layout.service(live)} cannot start without it`,
            "To start the live release in the other variant",
            here(`bgdeploy restart ${stage}`),
          ),
        ]
      : []),
  ];
}
