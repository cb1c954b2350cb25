import { setTimeout as wait } from "node:timers/promises";
import * as assert from "uvu/assert";
import type { Ended } from "../support/bgdeploy.ts";
import { type Scene, aScene, succeeded } from "../support/e2e.ts";
import { served } from "../support/hosts.ts";
import { type LoadCase, type Tally, loads } from "./loads.ts";
import { type Row, keepRow, tableText } from "./table.ts";

// Not through the bastion, whose ssh would take its share of the machine.
const hosts = ["h1"];

export type Mode = "reload" | "instant";

/** How often each load meets a deploy and a rollback: once in `npm test`, five times in `npm run test:load`. */
export const rounds = Number(process.env["BGDEPLOY_LOAD_ROUNDS"] ?? 1);

/** One host that serves `v1`, and what the loads on it came to. */
export type Ground = {
  readonly mode: Mode;
  readonly scene: Scene;
  readonly address: string;
  /** Writes the config: the mode's, with these keys. */
  configure(settings?: Settings): Promise<void>;
  /** Deploys a version that was never deployed before; its name is in the answer. */
  deploy(): Promise<Ended & { readonly version: string }>;
  /** Runs `act` under loads, and writes down what each lost. */
  under<T>(
    loads: readonly LoadCase[],
    switches: number,
    act: () => Promise<T>,
  ): Promise<{ readonly tallies: readonly Tally[]; readonly done: T }>;
  /** What h1 serves: `v1 blue`. */
  served(): Promise<string>;
  end(): Promise<void>;
};

export type Settings = {
  readonly env?: Readonly<Record<string, string>>;
  readonly drain?: string;
  /** An app that is told to stop ends what it has begun. Default: it dies at once, so that only the drain can save a request. */
  readonly graceful?: boolean;
  /** The old variant is told to end as soon as no new request can reach it. */
  readonly early?: boolean;
  /** The service goes on for 2 s after it was told to stop: what reaches it then is lost when it is killed. */
  readonly slowStop?: boolean;
  /** TypeScript: further keys. */
  readonly more?: string;
  /** TypeScript: tasks between the switch and the stop of the old variant. */
  readonly afterSwitch?: string;
  /** Must the new variant have run for as long as it usually must before the switch? */
  readonly settle?: "usual";
};

export async function aGround(mode: Mode, label: string, listen: "port" | "socket" = "port"): Promise<Ground> {
  const text = (settings: Settings): string => `${settingsText(mode, settings)}\n    listen: "${listen}",`;
  const scene = await aScene(`load-${label}`, { hosts, settings: text({}) });
  const address = scene.lab.hosts[0]?.address ?? "";
  const rows: Row[] = [];
  const tallies: Tally[] = [];
  let number = 1;
  const ground: Ground = {
    mode,
    scene,
    address,
    configure: (settings = {}) => scene.project.write({ hosts, settings: text(settings) }),
    async deploy() {
      const version = `v${++number}`;
      return { ...(await scene.project.deploy(version)), version };
    },
    async under(loads, switches, act) {
      const running = loads.map((load) => ({ load, clients: load.start(address) }));
      let done;
      try {
        await wait(Math.max(...loads.map(({ warmUp }) => warmUp)));
        done = await act();
        await wait(500);
      } finally {
        const ended = running.map(async ({ load, clients }) => ({ load, tally: await clients.stop() }));
        for (const { load, tally } of await Promise.all(ended)) {
          const { requests, failed, kinds, kept } = tally;
          const row = { mode, load: load.name, switches, requests, failed, kinds, kept };
          rows.push(row);
          keepRow(row);
          tallies.push(tally);
        }
      }
      return { tallies: tallies.splice(0), done };
    },
    served: () => served(scene.lab, "h1"),
    async end() {
      process.stdout.write(`\n${tableText(rows)}`);
      await scene.end();
    },
  };
  try {
    succeeded(await scene.project.deploy("v1"));
    return ground;
  } catch (error) {
    await scene.end();
    process.stderr.write(`${String(error)}\n`); // uvu hides what a hook throws
    throw error;
  }
}

/** Deploys and rolls back, `rounds` times each, under loads, and demands that nothing was lost. */
export async function deployAndRollBack(ground: Ground, loads: readonly LoadCase[]): Promise<void> {
  const needy = loads.find(({ drain }) => drain !== undefined);
  if (needy !== undefined) {
    await ground.configure({ drain: needy.drain ?? "", graceful: true });
    // A rollback brings the release's own unit back: this one shall stop gracefully, too.
    succeeded(await ground.deploy());
  } else await ground.configure();
  const { tallies } = await ground.under(loads, 2 * rounds, async () => {
    const [before = ""] = (await ground.served()).split(" ");
    for (let round = 0; round < rounds; round++) {
      const deployed = await ground.deploy();
      succeeded(deployed);
      assert.match(await ground.served(), deployed.version);
      await wait(300);
      succeeded(await ground.scene.project.run("rollback", "production"));
      assert.match(await ground.served(), before);
    }
  });
  for (const tally of tallies) {
    lostNothing(ground.mode, tally);
    assert.ok(tally.versions.size > 1, `answered by ${[...tally.versions.keys()].join(", ")}`);
  }
}

/** In `npm test` the loads come in two groups at once, else each by itself. */
export function groups(): readonly (readonly LoadCase[])[] {
  if (rounds > 1) return Object.values(loads).map((load) => [load]);
  const { flatOut, idle, webSockets, slow, streams, uploads } = loads;
  return [[flatOut, idle, slow, streams, uploads], [webSockets]];
}

/** By reload a kept connection can meet its end as a request is on its way (nginx's own race); switched instantly, none may. */
export function lostNothing(mode: Mode, { requests, failed, kept, failures }: Tally): void {
  assert.is(failed, 0, `${failed} of ${requests} requests failed:\n${failures.join("\n")}`);
  if (mode === "instant") assert.is(kept, 0, `${kept} of ${requests} requests met a closed connection`);
}

function settingsText(
  mode: Mode,
  {
    env = {},
    drain = "30s",
    graceful = false,
    early = false,
    slowStop = false,
    more = "",
    settle,
    afterSwitch = "",
  }: Settings,
): string {
  const switching = mode === "reload" ? "nginx.switch()" : 'nginx.switch({ mode: "instant" })';
  return `
    env: { ...example.env, LINK_SHORTENER_DEBUG: "true", ...${JSON.stringify(env)} },
    unit: { Service: { StateDirectory: "link-shortener"${graceful ? "" : ', KillSignal: "SIGKILL"'}${slowStop ? ', ExecStop: "/bin/sleep 2"' : ""} } },
    drain: { timeout: ${JSON.stringify(drain)}, signal: "${early ? "early" : "last"}" },
    tasks: [...upload(), ...systemd.install(), ...systemd.start(), health(${settle === "usual" ? "" : '{ settle: "0s" }'}), ...${switching}, ${afterSwitch} ...systemd.stop(), prune()],
    ${more}`;
}
