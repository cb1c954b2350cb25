import type { Endpoint, Target } from "../lib/index.ts";
import { currentEndpoint, endpointOf } from "../lib/index.ts";

/**
 * Where the file that nginx includes must lead that is written anew: to the variant that serves. Where the file itself is lost, that is the
 * only one that runs, else the recorded one; before the first deploy, blue.
 */
export function servingEndpoint(target: Target): Endpoint {
  const { live, facts } = target;
  const running = (["blue", "green"] as const).filter((variant) => facts.units[variant].active === "active");
  const recorded = (["blue", "green"] as const).find((variant) => facts.files.variant === variant);
  const serving = live ?? (running.length === 1 ? running[0] : recorded);
  return serving === undefined ? endpointOf(target, "blue") : currentEndpoint(target, serving);
}
