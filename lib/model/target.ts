import type { App } from "./app.ts";
import type { Facts } from "./facts.ts";
import type { Host } from "./host.ts";
import type { Layout } from "./layout.ts";
import type { LiveState } from "./live.ts";
import type { Release } from "./release.ts";
import type { Variant } from "./variant.ts";

/** One host as a task sees it: what is there, and what shall become of it. */
export type Target = {
  readonly host: Host;
  readonly app: App;
  readonly layout: Layout;
  readonly facts: Facts;
  /** The user who owns the files of releases. */
  readonly owner: string;
  readonly release: Release;
  /** The release is a copy of the one on other hosts: a host joins them. */
  readonly copy: boolean;
  readonly state: LiveState;
  /** The variant that serves now; `undefined` before the first deploy. */
  readonly live: Variant | undefined;
  /** The variant that this run starts. */
  readonly idle: Variant;
};
