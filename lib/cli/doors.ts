import type { Config, ConfiguredHost } from "../config/resolved.ts";
import { UserError } from "../errors.ts";
import type { Facts } from "../model/facts.ts";
import type { DoorSettings } from "../remote/door.ts";
import { openDoor } from "../remote/door.ts";
import type { Holder } from "../remote/lock.ts";
import { committedText, describeLeft, parseHolder } from "../remote/lock.ts";
import { nudge } from "../remote/nudge.ts";
import type { Place, Survey } from "../remote/survey.ts";
import { parseJournal } from "../run/audit.ts";
import type { Doors, Reopened } from "../run/effects.ts";
import { variablesOf } from "../../recipes/environment.ts";
import { connectFleet } from "./fleet.ts";
import type { Fleet } from "./fleet.ts";
import type { World } from "./world.ts";

/**
 * How long a host that was lost may take to come back, in milliseconds: its old lock ends after 30 s, a reboot takes less.
 * Its shell may first go on with what was sent, and wait for a drain.
 */
function patienceWith({ drainTimeout }: ConfiguredHost["app"]): number {
  return 75_000 + drainTimeout;
}

/** The same for one that was there and said nothing, or too much: to be asked again helps it little, and the others wait for it. */
const silentPatience = 20_000;

/** Milliseconds after which it is said again for what host we wait. */
const pause = 5000;

/** Milliseconds in which other hosts may fail by themselves: whether it is one host or all tells where to look. */
const grace = 2000;

/** The doors of a fleet under its locks, as they stood when it was read. */
export function openDoors(
  fleet: Fleet,
  surveys: readonly Survey[],
  config: Config,
  holder: Holder,
  world: World,
  interrupted: AbortSignal,
  cut?: AbortSignal,
): Doors & { readonly seen: ReadonlyMap<string, Facts>; close(): Promise<void> } {
  const settings: DoorSettings = {
    directory: config.directory,
    run: holder.run,
    cut,
    variablesOf: ({ app, layout, idle }) => variablesOf(app, layout, idle),
  };
  const doors = new Map(fleet.places.map((place) => [hostOf(place), openDoor(place.connected, settings)]));
  const reopened: Fleet[] = [];
  const seen = new Map<string, Facts>();
  const closed = new AbortController();

  async function reopen(host: string, waits: (sentence: string) => void): Promise<Reopened> {
    const before = surveys.find(({ place }) => hostOf(place) === host);
    const configured = config.hosts.find((each) => each.host.name === host);
    if (!before || !configured) throw new Error(`${host} is not in this run`);
    const isSilent = before.place.connected.session.givenUp() !== undefined;
    const began = world.now();
    const patience = isSilent ? silentPatience : patienceWith(configured.app);
    let why = "connecting";
    const telling = setInterval(() => {
      const passed = Math.round((world.now() - began) / 1000);
      waits(`waiting for ${host} to come back, ${passed} s of at most ${Math.round(patience / 1000)} s: ${why}`);
    }, pause);
    try {
      return await reopenWithin(began + patience, before, configured, (reason) => (why = reason));
    } finally {
      clearInterval(telling);
    }
  }

  async function reopenWithin(
    end: number,
    before: Survey,
    configured: ConfiguredHost,
    failed: (why: string) => void,
  ): Promise<Reopened> {
    const { name: host } = configured.host;
    const isSilent = before.place.connected.session.givenUp() !== undefined;
    for (;;) {
      if (isSilent && interrupted.aborted)
        throw new UserError(`${host}: does not answer, so what was started there was not undone`);
      try {
        const again = await lockAgain(configured, before);
        reopened.push(again);
        const { connected, layout } = placeOf(again);
        const answer = await connected.session.evaluate(committedText(layout));
        doors.set(host, openDoor(connected, settings));
        return { committed: parseHolder(answer).run === holder.run };
      } catch (error) {
        if (error instanceof WorkedOnSince || world.now() >= end) throw error;
        const [said = ""] = String(error instanceof Error ? error.message : error).split("\n");
        failed(said.startsWith(`${host}: `) ? said.slice(host.length + 2) : said);
        await world.wait(1000, isSilent ? interrupted : undefined);
      }
    }
  }

  async function lockAgain(host: ConfiguredHost, before: Survey): Promise<Fleet> {
    const again = await connectFleet(
      { ...config, hosts: [host] },
      { ...world, interactive: false },
      { holder: { ...holder, phase: "running" } },
    );
    const hasten = (): void => again.hasten();
    if (interrupted.aborted) hasten();
    else interrupted.addEventListener("abort", hasten);
    try {
      const [found] = await again.surveys;
      const lock = found?.lock;
      if (lock?.kind === "refused" && lock.left)
        throw new Error(`${host.host.name}: ${describeLeft(host.host.name, lock.left, lock.holder)}`);
      if (found === undefined || lock?.kind !== "held")
        throw new Error(`${host.host.name}: the lost connection has not released its lock yet`);
      const { lastJournal } = found.facts;
      if (lastJournal !== before.facts.lastJournal && !isOurs(lastJournal, holder)) {
        seen.set(host.host.name, found.facts);
        throw new WorkedOnSince(host.host.name);
      }
      return again;
    } catch (error) {
      await again.close();
      throw error;
    }
  }

  return {
    of(host) {
      const door = doors.get(host);
      if (!door) throw new Error(`no connection to ${host}`);
      return door;
    },
    reopen,
    seen,
    async nudge(host) {
      await world.wait(grace, closed.signal);
      const place = fleet.places.find((each) => hostOf(each) === host);
      if (place && !closed.signal.aborted) nudge(place, holder.run);
    },
    async close() {
      closed.abort();
      await Promise.all(reopened.map((each) => each.close()));
    },
  };
}

/** Did this run write a journal's line? What was sent to a host it may have finished alone, and written so. */
function isOurs(line: string | undefined, { run }: Holder): boolean {
  const [entry] = parseJournal("", line ?? "");
  return entry?.run === run;
}

/** Another run has changed the host while we were away: our undo no longer fits. */
class WorkedOnSince extends Error {
  constructor(host: string) {
    super(`${host}: another run has worked on it since the connection was lost`);
  }
}

function hostOf({ connected }: Place): string {
  return connected.session.host;
}

function placeOf(fleet: Fleet): Place {
  const [place] = fleet.places;
  if (!place) throw new Error("the host is gone again");
  return place;
}
