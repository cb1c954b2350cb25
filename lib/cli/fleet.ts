import type { Config } from "../config/resolved.ts";
import { makeLayout } from "../model/layout.ts";
import type { Place } from "../remote/survey.ts";
import type { World } from "./world.ts";

/** The hosts of a stage, connected. */
export type Fleet = { readonly places: readonly Place[]; close(): Promise<void>; kill(): void };

/** Connects to every host of a stage. A passphrase is asked for here, before anything is drawn. */
export async function connectFleet(config: Config, world: World, flags: readonly string[] = []): Promise<Fleet> {
  const { connectAll } = await import("../remote/connect.ts");
  const names = config.hosts.map(({ host }) => host.name);
  const controller = new AbortController();
  const stop = world.onSignal((signal) => controller.abort(signal));
  const connections = await connectAll({
    hosts: names,
    ssh: { ...config.ssh, flags: [...flags, ...config.ssh.flags] },
    temporary: world.temporary,
    interactive: world.interactive,
    randomWord: world.randomWord,
    wait: world.wait,
    interrupted: controller.signal,
    heard: (host, what) => {
      if (what === "asking") world.stderr.write(`${host} asks:\n`);
    },
  }).finally(stop);
  const places = connections.hosts.flatMap((connected) => {
    const configured = config.hosts.find(({ host }) => host.name === connected.session.host);
    if (!configured) return [];
    return [{ connected, app: configured.app, layout: makeLayout(configured.app.name, configured.app.destination) }];
  });
  return { places, close: () => connections.close(), kill: () => connections.kill() };
}
