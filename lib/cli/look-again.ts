import { exitCodes } from "../errors.ts";
import type { Facts } from "../model/facts.ts";
import { liveState } from "../model/live.ts";
import type { Place } from "../remote/survey.ts";
import { survey } from "../remote/survey.ts";
import type { HostOutcome, Outcome } from "../run/outcome.ts";
import type { World } from "./world.ts";

/** Milliseconds that hosts get to say what serves now: nobody waits long for a host that is gone. */
const patience = 5000;

/**
 * A run that failed tells what serves by what its hosts say at its end, where they can be asked: nginx may have been stopped
 * meanwhile, and another run may have come. `seen` are the facts of hosts that were read since.
 */
export async function lookAgain(
  outcome: Outcome,
  places: readonly Place[],
  seen: ReadonlyMap<string, Facts>,
  world: World,
): Promise<Outcome> {
  if (outcome.exitCode === exitCodes.done || outcome.exitCode === exitCodes.incomplete) return outcome;
  const over = new AbortController();
  const late = world.wait(patience, over.signal).catch(() => {});
  const hosts = await Promise.all(
    outcome.hosts.map(async (host) => {
      const place = places.find(({ connected }) => connected.session.host === host.host);
      if (place === undefined) return host;
      const facts = seen.get(host.host) ?? (await Promise.race([factsOf(place, world), late]));
      const now = facts && nowOf(facts, place);
      return now === undefined ? host : { ...host, now };
    }),
  );
  over.abort();
  return { ...outcome, hosts };
}

async function factsOf(place: Place, world: World): Promise<Facts | undefined> {
  try {
    const [found] = await survey([place], { word: world.randomWord() });
    return found?.facts;
  } catch {
    return undefined;
  }
}

function nowOf(facts: Facts, { app }: Place): HostOutcome["now"] {
  const state = liveState(facts, app.ports);
  if (state.kind !== "live" && state.kind !== "down") return undefined;
  const trouble = facts.nginx.active
    ? state.kind === "down"
      ? `${state.live} is down`
      : undefined
    : "nginx is not running";
  const isProven = state.kind === "live" && state.repairs.length === 0;
  return { release: facts.links[state.live], variant: state.live, isProven, trouble };
}
