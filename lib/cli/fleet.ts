import type { Config } from "../config/resolved.ts";
import { UserError } from "../errors.ts";
import { hiddenIn } from "../model/app.ts";
import { printable } from "../model/printable.ts";
import { makeLayout } from "../model/layout.ts";
import type { ConnectOptions, Connections, Unreached } from "../remote/connect.ts";
import type { Holder } from "../remote/lock.ts";
import { unlockText } from "../remote/lock.ts";
import type { Place, Survey } from "../remote/survey.ts";
import { readSurvey, surveyText } from "../remote/survey.ts";
import { nameStage } from "./name-stage.ts";
import { openKey } from "./key.ts";
import { requireSsh } from "./programs.ts";
import type { World } from "./world.ts";

/** The hosts of a stage, connected, and what they told as soon as they were. */
export type Fleet = {
  readonly places: readonly Place[];
  readonly surveys: Promise<readonly Survey[]>;
  /** The same of each place. */
  readonly readings: readonly Promise<Survey>[];
  /** In a `hurry`: as a session does. */
  close(hurry?: boolean): Promise<void>;
  /** Someone has interrupted: hosts that are silent are soon given up. */
  hasten(): void;
  kill(): void;
};

export type FleetOptions = {
  /** Words for ssh that go before the config's. */
  readonly flags?: readonly string[];
  /** Asks for the locks with the first reading. */
  readonly holder?: Holder;
  /** Will files be sent? */
  readonly uploads?: boolean;
  /** Hears why a host was not reached, and it is left out, as long as another was; without it one such host fails all. */
  readonly missing?: (sentence: string, host: string) => void;
};

/** Connects to every host of a stage. A passphrase is asked for here, before anything is drawn. */
export async function connectFleet(config: Config, world: World, options: FleetOptions = {}): Promise<Fleet> {
  const { connectAll, unreachedSentence } = await import("../remote/connect.ts");
  const { missing } = options;
  if (missing === undefined) return (await connectBy(connectAll, config, world, options)).fleet;
  const { fleet, unreached } = await connectReachableFleet(config, world, options);
  if (fleet.places.length > 0) {
    for (const each of unreached) missing(unreachedSentence(each), each.host);
    return fleet;
  }
  await fleet.close();
  throw new UserError(unreached.map((each) => unreachedSentence(each)));
}

/** Connects to those hosts of a stage that can be reached, and says which cannot. */
export async function connectReachableFleet(
  config: Config,
  world: World,
  options: FleetOptions = {},
): Promise<{ readonly fleet: Fleet; readonly unreached: readonly Unreached[] }> {
  const { connectReachable } = await import("../remote/connect.ts");
  const { fleet, connections } = await connectBy(connectReachable, config, world, options);
  const named = connections.unreached.map(({ host, problem }) => {
    const { mend, type } = problem;
    return {
      host,
      problem: { ...problem, mend: nameStage(mend, config.stage), type: type && nameStage(type, config.stage) },
    };
  });
  return { fleet, unreached: named };
}

async function connectBy<C extends Connections>(
  connect: (options: ConnectOptions) => Promise<C>,
  config: Config,
  world: World,
  { flags = [], holder, uploads = false }: FleetOptions,
): Promise<{ readonly fleet: Fleet; readonly connections: C }> {
  const sites = new Map(
    config.hosts.map(({ host, app }) => [
      host.name,
      { app, layout: makeLayout(app.name, app.destination, app.strict, app.nginx) },
    ]),
  );
  // What a host says may hold what it was given.
  world.hide(config.hosts.flatMap(({ app }) => hiddenIn(app)));
  const names = [...sites.keys()];
  const question = { word: world.randomWord(), holder };
  const about = (host: string, text: (site: Site) => string): string => {
    const site = sites.get(host);
    return site === undefined ? "" : text(site);
  };
  requireSsh(world);
  const agent = await openKey(world);
  const controller = new AbortController();
  const stop = world.onSignal((signal) => controller.abort(signal));
  const connections = await connect({
    hosts: names,
    greeting: {
      text: (host) => about(host, (site) => surveyText(site, question)),
      takeBack: (host) => about(host, ({ layout }) => unlockText(layout)),
    },
    ssh: { ...config.ssh, flags: [...flags, ...config.ssh.flags], agent },
    uploads,
    temporary: world.temporary,
    interactive: world.interactive,
    randomWord: world.randomWord,
    wait: world.wait,
    now: world.now,
    room: world.stdout.room,
    interrupted: controller.signal,
    heard: (host, what) => {
      if (what === "asking") world.stderr.write(`${host} asks:\n`);
      if (typeof what === "object")
        world.stderr.write(`${host}: ${printable(what.again)}. Retrying for a few seconds\n`);
    },
  }).finally(stop);
  const places = connections.hosts.flatMap((connected) => {
    const site = sites.get(connected.session.host);
    return site === undefined ? [] : [{ connected, ...site }];
  });
  const readings = places.map(async (place) => readSurvey(place, question, await place.connected.session.greeted));
  const surveys = Promise.all(readings);
  for (const each of [surveys, ...readings]) each.catch(() => {});
  const fleet = {
    places,
    surveys,
    readings,
    close: (hurry?: boolean) => connections.close(hurry),
    hasten: () => connections.hasten(),
    kill: () => connections.kill(),
  };
  return { fleet, connections };
}

type Site = Pick<Place, "app" | "layout">;
