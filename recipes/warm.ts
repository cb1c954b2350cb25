import type { Target } from "../lib/index.ts";
import { isRestart } from "./is-restart.ts";

/**
 * Does the idle variant, kept warm by an earlier run, run the very release that is to go live? So it does on a rollback;
 * after a restart it is the same release with a former environment, which the next restart shall not have.
 */
export function isWarm(target: Target): boolean {
  const { facts, idle, release } = target;
  if (isRestart(target)) return false;
  return facts.files.warm === idle && facts.units[idle].active === "active" && facts.links[idle] === release.id;
}
