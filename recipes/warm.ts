import type { Target } from "../lib/index.ts";

/** Does the idle variant, kept warm by an earlier run, run the very release that is to go live? So it does on a rollback. */
export function isWarm({ facts, idle, release }: Target): boolean {
  return facts.files.warm === idle && facts.units[idle].active === "active" && facts.links[idle] === release.id;
}
