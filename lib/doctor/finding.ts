import type { Mend, Problem } from "../model/problem.ts";

/**
 * `wrong`: the next deploy, or the next reboot, fails or serves wrongly. `warning`: it works, but should be known. `limit`:
 * what this way of deploying cannot keep from happening, whatever the host.
 */
export type Level = "wrong" | "warning" | "limit" | "fine";

/** One thing that was looked at, on one host or here. */
export type Finding = {
  readonly level: Level;
  readonly what: string;
  /** Commands that mend it or look closer, the first one first. */
  readonly mends: readonly Mend[];
  /** `bgdeploy doctor --fix` mends it. */
  readonly fixable: boolean;
};

/** Where something was found: on this machine, on a host, or when hosts were compared. */
export type Where =
  | { readonly kind: "here" }
  | { readonly kind: "host"; readonly host: string }
  | { readonly kind: "stage" };

/** All that was found in one place, the worst first. */
export type Diagnosis = { readonly where: Where; readonly findings: readonly Finding[] };

const rank: Readonly<Record<Level, number>> = { wrong: 0, warning: 1, limit: 2, fine: 3 };

export function diagnosis(where: Where, findings: readonly Finding[]): Diagnosis {
  return { where, findings: findings.toSorted((a, b) => rank[a.level] - rank[b.level]) };
}

export function wrong(what: string, ...mends: readonly Mend[]): Finding {
  return { level: "wrong", what, mends, fixable: false };
}

export function warning(what: string, ...mends: readonly Mend[]): Finding {
  return { level: "warning", what, mends, fixable: false };
}

export function limit(what: string): Finding {
  return { level: "limit", what, mends: [], fixable: false };
}

export function fine(what: string): Finding {
  return { level: "fine", what, mends: [], fixable: false };
}

export function fixable(finding: Finding): Finding {
  return { ...finding, fixable: true };
}

/** What the preflight of a run would refuse, too; with none of it `sound` is said. */
export function fromProblems(problems: readonly Problem[], sound: string): readonly Finding[] {
  if (problems.length === 0) return [fine(sound)];
  return problems.map(({ what, mend }) => wrong(what, ...(mend === undefined ? [] : [mend])));
}
