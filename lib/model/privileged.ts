import type { Endpoint } from "./endpoint.ts";
import type { Layout } from "./layout.ts";
import type { SudoRules } from "./sudo.ts";
import { allows } from "./sudo.ts";
import type { Variant } from "./variant.ts";

/** What is done as root on a host, in the words of its mode: those of the helper where `strict`, else of the sudo rules. */
export type UnitVerb = "start" | "stop" | "restart" | "enable" | "disable" | "retire" | "forget";

/** The helper's `protocol`: another one may understand other words. */
export const helperProtocol = "1";

type Place = { readonly layout: Layout; readonly sudo: SudoRules };

/**
 * `retire` stops a variant, also at boot; `forget` has systemd forget that it failed. `enable` then reloads all of systemd,
 * 0.2 s for nothing: which units start at boot is read from the disk. Where only the plain form is allowed, it is used.
 */
export function unitWords({ layout, sudo }: Place, verb: UnitVerb, variant: Variant): readonly string[] {
  if (layout.strict) return [layout.helper, verb, variant];
  const service = layout.service(variant);
  switch (verb) {
    case "forget":
      return ["systemctl", "reset-failed", service];
    case "retire":
      return ["systemctl", "--no-reload", "disable", "--now", service];
    case "enable":
    case "disable": {
      const quick = ["systemctl", "--no-reload", verb, service];
      return allows(sudo, quick) ? quick : ["systemctl", verb, service];
    }
    case "start":
    case "stop":
    case "restart":
      return ["systemctl", verb, service];
  }
}

/** Has nginx test its configuration, and then take it. */
export function reloadWords({ strict, helper, nginx }: Layout): readonly string[] {
  return strict ? [helper, "reload"] : ["systemctl", "reload", nginx.unit];
}

/** Writes the file that nginx includes, where that is the helper's to do. */
export function routeWords({ helper }: Layout, endpoint: Endpoint): readonly string[] {
  return [helper, "route", endpoint.kind === "port" ? String(endpoint.port) : endpoint.variant];
}
