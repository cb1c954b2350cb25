import { here } from "../model/problem.ts";
import { quote } from "../model/shell.ts";
import type { Target } from "../model/target.ts";
import { twice } from "../plan/preflight.ts";
import type { Finding } from "./finding.ts";
import { fine, warning, wrong } from "./finding.ts";

/** What only shows when hosts are compared. */
export function fleetFindings(targets: readonly Target[], stage: string): readonly Finding[] {
  const aliases = twice(targets).map((what) => wrong(what));
  const known = targets.filter(({ state }) => state.kind !== "unclear");
  return [...aliases, ...drift(known, stage)];
}

/** Hosts of one stage should serve one release. */
function drift(targets: readonly Target[], stage: string): readonly Finding[] {
  const groups = [...Map.groupBy(targets, releaseOf)].toSorted(([, a], [, b]) => b.length - a.length);
  const [first, second] = groups;
  if (first === undefined || second === undefined)
    return targets.length > 1 ? [fine("all hosts serve the same release")] : [];
  const isClear = first[0] !== "nothing" && first[1].length > second[1].length;
  const behind = groups.slice(1).flatMap(([, hosts]) => hosts);
  const join = isClear ? behind.map(({ host }) => ` --join ${quote(host.name)}`).join("") : "";
  const parts = groups.map(([release, hosts]) => `${release} on ${hosts.map(({ host }) => host.name).join(", ")}`);
  return [warning(`the hosts differ: ${parts.join("; ")}`, here(`bgdeploy run ${stage}${join}`))];
}

function releaseOf({ live, facts }: Target): string {
  return (live === undefined ? undefined : facts.links[live]) ?? "nothing";
}
