import type { Duration, PrunePolicy, Target, Task } from "../lib/index.ts";
import { isGivenUp, parseDuration, parseReleaseId, portionsOf, sh, shell, task } from "../lib/index.ts";

export type PruneOptions = { readonly olderThan?: Duration; readonly keep?: number };

/**
 * Deletes old releases: by the time in their id, and all but the newest `keep`. The new release, what a symlink points
 * to and the release to go back to always stay; so does what is no release.
 */
export function prune(options: PruneOptions = {}): Task {
  policyOf({ olderThan: undefined, keep: undefined }, options);
  return task({
    name: "prune:releases",
    title: "delete old releases",
    commands: (target) => {
      const ids = prunable(target, policyOf(target.app.prune, options));
      const { layout } = target;
      return portionsOf(ids, atOnce).map((portion) => {
        const paths = portion.flatMap((id) => [layout.release(id), ...Object.values(layout.record(id))]);
        const title = `delete ${portion.length} release${portion.length === 1 ? "" : "s"}`;
        return shell(title, sh`rm -rf -- ${paths}`, { simple: true });
      });
    },
    undo: "irreversible",
  });
}

/** The ids that a policy gives up, oldest first. A failed or unfinished release does not count among the newest `keep`. */
export function prunable({ facts, release, live, idle }: Target, policy: PrunePolicy): readonly string[] {
  const { current } = facts.links;
  // current-<idle> points at the new release by now.
  const inUse = new Set([
    release.id,
    current,
    live && facts.links[live],
    release.id === current ? facts.links[idle] : undefined,
  ]);
  const good = facts.releases.filter(({ status }) => !isGivenUp(status)).map(({ id }) => id);
  const newestFirst = [...new Set([release.id, ...good])].toSorted().toReversed();
  const kept = new Set(newestFirst.slice(0, policy.keep));
  const isOld = (id: string): boolean => {
    const age = release.time - (parseReleaseId(id)?.time ?? release.time);
    return policy.olderThan !== undefined && age > policy.olderThan;
  };
  const ids = facts.releases.map(({ id }) => id).filter((id) => !inUse.has(id));
  return ids.filter((id) => isOld(id) || (policy.keep !== undefined && !kept.has(id))).toSorted();
}

/** Releases whose paths fit on one command line (2 MB on Linux). */
const atOnce = 1000;

function policyOf(base: PrunePolicy, options: PruneOptions): PrunePolicy {
  if (options.olderThan === undefined && options.keep === undefined) return base;
  const olderThan = options.olderThan && parseDuration(options.olderThan);
  if (options.olderThan !== undefined && olderThan === undefined) {
    throw new TypeError(`prune(): "${options.olderThan}" is not a duration such as "30d"`);
  }
  return { olderThan, keep: options.keep };
}
