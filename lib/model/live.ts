import type { Facts } from "./facts.ts";
import type { Variant } from "./variant.ts";
import { isVariant, otherVariant } from "./variant.ts";

/** What a crash, a reboot or another tool left to put right before a run may stop any unit. */
export type Repair =
  /** nginx may still route to a slot that its file does not name: reload it, and prove that it took the file. */
  | "prove-reload"
  /** The file names a slot that is down while the other one runs: point it there. */
  | "repoint"
  /** The records (`variant`, `current`, boot) are behind the traffic. */
  | "record";

/** Which variant serves, by the facts of the host alone. */
export type LiveState =
  | { readonly kind: "first"; readonly idle: Variant }
  | { readonly kind: "live"; readonly live: Variant; readonly idle: Variant; readonly repairs: readonly Repair[] }
  /** The live variant is down: nothing serves, and the deploy goes on into the other slot. */
  | { readonly kind: "down"; readonly live: Variant; readonly idle: Variant }
  | { readonly kind: "unclear"; readonly problem: string };

/**
 * Works out the live variant from the file that nginx includes, the units, and what was recorded.
 *
 * The file says what nginx *will* load, not what it routes to: wherever the file and the record disagree, the first
 * step is a proven reload, and until then neither unit may be stopped.
 */
export function liveState(facts: Facts, ports: Readonly<Record<Variant, number>>): LiveState {
  const hidden = facts.unread.find((path) => /\/(backends?\.conf|variant)$/.test(path));
  if (hidden !== undefined)
    return { kind: "unclear", problem: `cannot tell which variant is live: ${facts.user.name} cannot read ${hidden}` };
  const recorded = isVariant(facts.files.variant) ? facts.files.variant : undefined;
  const named = namedVariant(facts, ports);
  const runs = (variant: Variant): boolean => facts.units[variant].active === "active";

  // Where there is no file, nginx routes nowhere: a first deploy died before it could switch.
  const routesNowhere = facts.files.backend === undefined && !facts.nginx.includesFlag;
  if (recorded === undefined && (routesNowhere || (!runs("blue") && !runs("green"))))
    return { kind: "first", idle: "blue" };
  if (named === undefined) return { kind: "unclear", problem: unclear(facts, recorded) };

  const other = otherVariant(named);
  if (runs(named)) {
    if (recorded !== named) return live(named, ["prove-reload", "record"]);
    // A run that ended well may have left the old variant running, and says so.
    const proof: readonly Repair[] = runs(other) && facts.files.warm !== other ? ["prove-reload"] : [];
    // Killed between the link and the switch, a run leaves the static files of another release.
    const strayed = facts.links[named] !== undefined && facts.links.current !== facts.links[named];
    return live(named, strayed ? [...proof, "record"] : proof);
  }
  if (runs(other)) return live(other, ["repoint", "prove-reload", "record"]);
  return { kind: "down", live: named, idle: other };
}

/** One server of the file that nginx includes: its port, or the variant whose socket it is. */
const serverPattern = /^[ \t]*server[ \t]+(?:[^\s;]*:(\d+)|unix:\/run\/[^\s;]+\/(blue|green)\/app\.sock)\s*;/gm;

/** The variant that the file of the site names: by its presence in instant mode, else by the port or the socket in it. A host's own environment files know its ports; they may have been swapped. */
function namedVariant(facts: Facts, ports: Readonly<Record<Variant, number>>): Variant | undefined {
  if (facts.nginx.includesFlag) return facts.files.liveGreen ? "green" : "blue";
  const servers = [...(facts.files.backend ?? "").matchAll(serverPattern)];
  const [server] = servers;
  if (server === undefined || servers.length > 1) return undefined;
  if (isVariant(server[2])) return server[2];
  const port = Number(server[1]);
  const { blue, green } = facts.environmentPorts;
  if (port === blue) return "blue";
  if (port === green) return "green";
  if (blue === undefined && port === ports.blue) return "blue";
  return green === undefined && port === ports.green ? "green" : undefined;
}

function live(variant: Variant, repairs: readonly Repair[]): LiveState {
  return { kind: "live", live: variant, idle: otherVariant(variant), repairs };
}

function unclear(facts: Facts, recorded: Variant | undefined): string {
  const file = facts.files.backend === undefined ? "is missing" : `says ${JSON.stringify(facts.files.backend.trim())}`;
  const units = `blue is ${facts.units.blue.active}, green is ${facts.units.green.active}`;
  return `cannot tell which variant is live: backend.conf ${file}, ${units}, the last recorded is ${recorded ?? "none"}`;
}
