import type { Command, Target, Variant } from "../lib/index.ts";
import { allows, sudo } from "../lib/index.ts";

/**
 * Has a variant start with the host, or not.
 *
 * `enable` then reloads all of systemd, 0.2 s for nothing: which units start at boot is read from the disk. Where only
 * the plain form is allowed, it is used.
 */
export function setBoot({ facts, layout }: Target, verb: "enable" | "disable", variant: Variant): Command {
  const quick = ["systemctl", "--no-reload", verb, layout.service(variant)];
  const words = allows(facts.sudo, quick) ? quick : ["systemctl", verb, layout.service(variant)];
  return sudo(words, { optional: true });
}

/** Stops a variant, also at boot. Where that is allowed, with one command: each call of sudo and systemctl costs the host 10 ms. */
export function retire(target: Target, variant: Variant): readonly Command[] {
  const service = target.layout.service(variant);
  const both = ["systemctl", "--no-reload", "disable", "--now", service];
  if (allows(target.facts.sudo, both)) return [sudo(both)];
  return [sudo(["systemctl", "stop", service]), setBoot(target, "disable", variant)];
}

/** Starts a variant anew: a process that an earlier run left behind would pass the health check with old code. */
export function startAnew({ facts, layout }: Target, variant: Variant): readonly Command[] {
  const [service, restart] = [layout.service(variant), ["systemctl", "restart", layout.service(variant)]];
  if (allows(facts.sudo, restart)) return [sudo(restart)];
  return [sudo(["systemctl", "stop", service]), sudo(["systemctl", "start", service])];
}
