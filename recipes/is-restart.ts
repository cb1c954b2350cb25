import type { Target } from "../lib/index.ts";

/** Is the release that this run makes live the one that is live already? Then it comes with another environment or unit. */
export function isRestart({ facts, live, release }: Target): boolean {
  return live !== undefined && facts.links[live] === release.id;
}
