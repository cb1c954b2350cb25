import type { App } from "../model/app.ts";
import type { Facts } from "../model/facts.ts";
import type { Host } from "../model/host.ts";
import type { Layout } from "../model/layout.ts";
import { liveState } from "../model/live.ts";
import type { Release } from "../model/release.ts";
import type { Target } from "../model/target.ts";

/** One host of a run, before a task sees it. */
export type Surveyed = { readonly host: Host; readonly app: App; readonly layout: Layout; readonly facts: Facts };

/** Works out what is live on a host. Where that cannot be told, `idle` is a guess, and `preflight` refuses the run. */
export function makeTarget({ host, app, layout, facts }: Surveyed, release: Release, copy = false): Target {
  const state = liveState(facts, app.ports);
  const live = state.kind === "live" || state.kind === "down" ? state.live : undefined;
  const idle = state.kind === "unclear" ? "blue" : state.idle;
  const owner = (facts.sudo.kind === "root" ? app.user : undefined) ?? facts.user.name;
  return Object.freeze({ host, app, layout, facts, owner, release, copy, state, live, idle });
}
