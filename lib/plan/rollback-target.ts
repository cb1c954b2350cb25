import { UserError } from "../errors.ts";
import type { KnownRelease } from "../model/release.ts";
import type { Target } from "../model/target.ts";

/** The release that a host goes back to: the named one, or the newest good one before the live one. */
export function rollbackId(target: Omit<Target, "release">, to: string | undefined): string | undefined {
  const { facts, live, idle } = target;
  const current = live && facts.links[live];
  if (to !== undefined) return facts.releases.find(({ id }) => id === to || versionMatches(id, to))?.id;
  // A run that died before its record left the one before recorded as live.
  const isGood = ({ id, status }: KnownRelease): boolean =>
    status === "previous" || status === "live" || (status === undefined && id === facts.links[idle]);
  const ids = facts.releases
    .filter((each) => isGood(each) && (current === undefined || each.id < current))
    .map(({ id }) => id);
  return ids.toSorted().at(-1);
}

/** Says, for each host that has nothing to go back to, what it does have. */
export function refuseRollback(hosts: readonly Target[], to: string | undefined): UserError {
  return new UserError(
    hosts.map(({ host, facts, live }) => {
      const known = facts.releases
        .filter(({ id }) => id !== (live && facts.links[live]))
        .map(({ id, status }) => `${id} (${status ?? "unknown"})`);
      const has = known.length === 0 ? "It has no other release" : `It has: ${known.slice(-8).join(", ")}`;
      const what = to === undefined ? "there is no earlier good release to go back to" : `there is no release ${to}`;
      return `${host.name}: ${what}. ${has}${to === undefined && known.length > 0 ? ". Name one: --to ID" : ""}`;
    }),
  );
}

/** `--to v1.0` names a release by its version, where only one has it. */
function versionMatches(id: string, version: string): boolean {
  return id.endsWith(`-${version}`) || id.endsWith(`_${version}`);
}
