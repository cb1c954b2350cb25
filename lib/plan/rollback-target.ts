import { UserError } from "../errors.ts";
import type { KnownRelease } from "../model/release.ts";
import { describeStatus, isGivenUp, parseReleaseId } from "../model/release.ts";
import type { Target } from "../model/target.ts";

/**
 * The release that a host goes back to: the named one; else the one that was live before, which stands in the other
 * slot; else the newest good one before the live one. Another version comes first: whoever deployed one twice does not
 * want it back.
 */
export function rollbackId(target: Omit<Target, "release">, to: string | undefined): string | undefined {
  const { facts, live, idle } = target;
  const current = live && facts.links[live];
  if (to !== undefined) {
    const named = namedBy(facts.releases, to);
    return named.length === 1 ? named[0] : undefined;
  }
  // A run that died before its record left the one before recorded as live.
  const isGood = ({ id, status }: KnownRelease): boolean =>
    status === "previous" || status === "live" || (status === undefined && id === facts.links[idle]);
  // By its slot, not by its id: the clock of another client may have been ahead.
  const before = facts.releases.find((each) => each.id === facts.links[idle] && each.id !== current && isGood(each));
  const ids = facts.releases
    .filter((each) => isGood(each) && (current === undefined || each.id < current))
    .map(({ id }) => id);
  const inOrder = [...ids.toSorted(), ...(before === undefined ? [] : [before.id])];
  return inOrder.findLast((id) => versionOf(id) !== versionOf(current)) ?? inOrder.at(-1);
}

/** What should be known of the release that was chosen where nobody named one: it, or one that was passed over, is the live version again. */
export function sameVersionWarning(target: Target): string | undefined {
  const { facts, live, idle, release } = target;
  const current = live && facts.links[live];
  const before = facts.links[idle];
  if (current === undefined) return undefined;
  if (release.version === versionOf(current))
    return `there is no other good version: ${release.id} is also ${release.version}, like the live release`;
  if (before === undefined || before === current || before === release.id) return undefined;
  const isBefore = facts.releases.some(({ id, status }) => id === before && status === "previous");
  return isBefore && versionOf(before) === versionOf(current)
    ? `skips ${before}, which is the same version as the live release. To choose it: --to ${before}`
    : undefined;
}

function versionOf(id: string | undefined): string | undefined {
  return id === undefined ? undefined : parseReleaseId(id)?.version;
}

/** The target with `listen` as the release ran, whatever the config says of it now: its environment and its unit come back with it. */
export function listeningAs(target: Target, id: string | undefined): Target {
  const { facts, idle, app } = target;
  const release = facts.releases.find((each) => each.id === id);
  if (release === undefined) return target;
  // Without a record it keeps the file of its slot.
  const onSocket =
    release.status === undefined ? facts.environmentSockets[idle] : facts.socketReleases.includes(release.id);
  return { ...target, app: { ...app, listen: onSocket ? "socket" : "port" } };
}

/** Says, for each host that has nothing to go back to, what it does have. */
export function refuseRollback(hosts: readonly Target[], to: string | undefined): UserError {
  return new UserError(
    hosts.map(({ host, facts, live }) => {
      const named = to === undefined ? [] : namedBy(facts.releases, to);
      if (named.length > 1) {
        return `${host.name}: ${to} is the version of ${named.length} releases: ${named.join(", ")}. Choose one: --to ID`;
      }
      const known = facts.releases
        .filter(({ id }) => id !== (live && facts.links[live]))
        .map(({ id, status }) => `${id} (${describeStatus(status)})`);
      const has = known.length === 0 ? "It has no other release" : `It has: ${known.slice(-8).join(", ")}`;
      const what = to === undefined ? "there is no earlier good release to go back to" : `there is no release ${to}`;
      return `${host.name}: ${what}. ${has}${to === undefined && known.length > 0 ? ". Name one: --to ID" : ""}`;
    }),
  );
}

/** Says which release each host would go back to, where that is not one version for all; `undefined` where it is. */
export function refuseDifference(targets: readonly Target[]): UserError | undefined {
  const groups = Map.groupBy(targets, ({ release }) => release.version);
  if (groups.size < 2) return undefined;
  const parts = [...groups.values()].map(
    (group) => `${group[0]?.release.id} on ${group.map(({ host }) => host.name).join(", ")}`,
  );
  return new UserError(
    `the hosts would go back to different releases: ${parts.join("; ")}. Choose one: --to ID, or choose hosts: --only HOST`,
  );
}

/** The release of this id; else those of this version, without the failed ones where there are others. */
function namedBy(releases: readonly KnownRelease[], to: string): readonly string[] {
  const all = releases.filter(({ id }) => id === to || parseReleaseId(id)?.version === to);
  const exact = all.filter(({ id }) => id === to);
  const good = all.filter(({ status }) => !isGivenUp(status));
  const chosen = exact.length > 0 ? exact : good.length > 0 ? good : all;
  return chosen.map(({ id }) => id);
}
