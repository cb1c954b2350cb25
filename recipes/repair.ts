import type { Target, Task, Variant } from "../lib/index.ts";
import { sh, shell, task } from "../lib/index.ts";
import { setBoot, settleBoot } from "./boot.ts";
import { unitCommand } from "./privileged.ts";
import { recover } from "./recover.ts";

/** What lies about on a host that no run needs. */
export type Leftovers = {
  /** Paths of uploads that were cut off. */
  readonly partials: readonly string[];
  /** Files with secrets that others may read, and the octal mode that they should have. */
  readonly open: readonly { readonly path: string; readonly mode: string }[];
  /** Idle variants whose unit systemd counts as failed. */
  readonly failed: readonly Variant[];
};

/**
 * What `bgdeploy doctor --fix` mends: what can be put right without a decision of a person, and without touching the live
 * variant. `leftoversOf` tells what lies about on each host. A host that is well has nothing to do.
 */
export function repair(leftoversOf: (target: Target) => Leftovers): readonly Task[] {
  return [
    // Only when nginx is proven to have its file may the variant be stopped that has no traffic.
    ...recover(),
    task({
      name: "repair:stop",
      title: "stop the variant that has no traffic",
      commands: (target) => (runsUnused(target) ? [unitCommand(target, "stop", target.idle)] : []),
      undo: "not-needed",
    }),
    task({
      name: "repair:boot",
      title: "start the live variant at boot, and only that",
      commands: (target) => {
        const { facts, live, idle } = target;
        if (live === undefined) return [];
        const changes = [
          ...(facts.units[live].enabled ? [] : [setBoot(target, "enable", live)]),
          ...(facts.units[idle].enabled ? [setBoot(target, "disable", idle)] : []),
        ];
        return changes.length === 0 ? [] : [...changes, ...settleBoot(target)];
      },
      undo: "not-needed",
    }),
    task({
      name: "repair:reset",
      title: "forget that the idle variant has failed",
      commands: (target) =>
        leftoversOf(target)
          .failed.filter((variant) => target.live !== undefined && variant !== target.live)
          .map((variant) => unitCommand(target, "forget", variant, { optional: true })),
      undo: "not-needed",
    }),
    task({
      name: "repair:leftovers",
      title: "remove uploads that were cut off",
      commands: (target) => {
        const { partials } = leftoversOf(target);
        return partials.length === 0
          ? []
          : [shell("remove what was sent in part", sh`rm -rf ${partials}`, { mayFail: true })];
      },
      undo: "not-needed",
    }),
    task({
      name: "repair:modes",
      title: "let only their owner read the environment files",
      commands: (target) =>
        leftoversOf(target).open.map(({ path, mode }) =>
          shell(`close ${path}`, sh`chmod ${mode} ${path}`, { mayFail: true }),
        ),
      undo: "not-needed",
    }),
  ];
}

/** Both variants run, though no run that ended has left the other one warm. */
function runsUnused({ state, facts }: Target): boolean {
  if (state.kind !== "live" || !state.repairs.includes("prove-reload")) return false;
  return facts.units[state.idle].active === "active" && facts.files.warm !== state.idle;
}
