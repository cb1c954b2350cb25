import { UserError } from "../errors.ts";
import type { Release } from "../model/release.ts";
import { parseReleaseId } from "../model/release.ts";
import type { Target } from "../model/target.ts";
import { printable } from "../model/printable.ts";
import type { Warning } from "./warning.ts";

/** The hosts of a restart, each with the release that is live there. Throws a `UserError` for those where none is. */
export function withLiveReleases(targets: readonly Target[]): readonly Target[] {
  const releases = targets.map((target) => liveRelease(target));
  const problems = releases.flatMap((found) => (typeof found === "string" ? [found] : []));
  if (problems.length > 0) throw new UserError(problems);
  return targets.map((target, index) => {
    const found = releases[index];
    return { ...target, ...(typeof found === "object" ? { release: found } : {}) };
  });
}

/** Hosts may serve different releases; each starts its own anew, and that is said. */
export function differentReleases(targets: readonly Target[]): readonly Warning[] {
  if (new Set(targets.map(({ release }) => release.id)).size < 2) return [];
  return targets.map(({ host, release }) => ({
    host: host.name,
    text: `keeps its ${printable(release.id)}; the hosts differ`,
  }));
}

function liveRelease({ host, live, facts, layout }: Target): Release | string {
  const id = live && facts.links[live];
  if (live === undefined) return `${host.name}: nothing is deployed there, so there is nothing to restart`;
  if (id === undefined)
    return `${host.name}: ${layout.currentOf(live)} names no release, so there is nothing to restart. Deploy: bgdeploy run <stage>`;
  if (!facts.releases.some((each) => each.id === id))
    return `${host.name}: the live release ${printable(id)} is no longer in ${layout.versions}. Deploy: bgdeploy run <stage>`;
  return (
    parseReleaseId(id) ??
    `${host.name}: ${printable(id)}, which is live, is not a release of bgdeploy. Deploy: bgdeploy run <stage>`
  );
}
