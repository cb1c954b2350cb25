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
