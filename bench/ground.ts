import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startLab } from "../test/lab/lab.ts";
import { type Measured, measure, mustMeasure } from "./client.ts";
import { type Dist, type Kind, makeDist } from "./dist.ts";
import { type Network, openNetwork } from "./network/network.ts";
import { clearHosts, prepareHosts, siteOf } from "./site.ts";
import { setUp } from "./tools/bgdeploy.ts";
import type { Action, Tool } from "./tools/tool.ts";
import { whatIsWrong } from "./verify.ts";

export type Run = {
  readonly tool: Tool;
  readonly action: Action;
  readonly dist: Dist;
  readonly hosts: readonly string[];
  readonly network: Network;
  readonly settle: number | undefined;
  readonly watchMemory?: boolean;
};

/** The hosts with all that the tools need there, and the ways to them. */
export type Ground = {
  readonly hosts: (count: number) => readonly string[];
  readonly dist: (kind: Kind) => Promise<Dist>;
  readonly network: (rtt: number) => Promise<Network>;
  /** One command of a tool, verified on each host. Throws where it failed, and shows why. */
  run(run: Run): Promise<Measured>;
  /** Has the tool brought all of these hosts to where they are by the same commands? */
  isEven(tool: Tool, hosts: readonly string[]): boolean;
  /** Forgets what a tool has on the hosts. */
  clear(tool: Tool, hosts: readonly string[]): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

export async function openGround(
  count: number,
  tools: readonly Tool[],
  scratch: string,
  say: (text: string) => void,
): Promise<Ground> {
  const lab = await startLab({ hosts: count, name: "bench", bastion: false, log: say });
  const names = lab.hosts.map(({ name }) => name);
  const networks = new Map<number, Network>();
  const dists = new Map<Kind, Dist>();
  const serial = { last: 0 };
  // What each tool deployed to a host, the last first: a rollback has to bring the one before it back.
  const history = new Map<string, readonly string[]>();
  const directoryOf = (tool: Tool): string => join(scratch, tool.name);

  const ground: Ground = {
    hosts: (wanted) => names.slice(0, wanted),
    async dist(kind) {
      const dist = dists.get(kind) ?? (await makeDist(scratch, kind));
      dists.set(kind, dist);
      return dist;
    },
    async network(rtt) {
      const network = networks.get(rtt) ?? (await openNetwork(lab, rtt, join(scratch, "network")));
      networks.set(rtt, network);
      return network;
    },
    async run({ tool, action, dist, hosts, network, settle, watchMemory = false }) {
      const version = `r${++serial.last}`;
      const work = { dist: dist.directory, version, hosts, network, settle };
      const invocation = await tool.command(directoryOf(tool), action, work);
      const measured = await measure(invocation, directoryOf(tool), { watchMemory });
      const before = history.get(`${tool.name} ${hosts[0]}`) ?? [];
      const expected = action === "deploy" ? version : (before[1] ?? "none");
      const wrong =
        measured.code === 0 ? await whatIsWrong(lab, tool.name, hosts, expected) : `exit code ${measured.code}`;
      if (wrong !== undefined) throw new Error(`${tool.name} ${action}: ${wrong}\n${measured.output.slice(-3000)}`);
      const now = action === "deploy" ? [version, ...before].slice(0, 3) : before.slice(1);
      for (const host of hosts) history.set(`${tool.name} ${host}`, now);
      return measured;
    },
    isEven: (tool, hosts) => new Set(hosts.map((host) => history.get(`${tool.name} ${host}`)?.join(" "))).size <= 1,
    async clear(tool, hosts) {
      await clearHosts(lab, hosts, siteOf(tool.name));
      for (const host of hosts) history.delete(`${tool.name} ${host}`);
    },
    async [Symbol.asyncDispose]() {
      for (const network of networks.values()) network.close();
      await lab.down();
    },
  };

  try {
    const network = await ground.network(0);
    const { directory: dist } = await ground.dist("large");
    for (const tool of tools) {
      const directory = directoryOf(tool);
      await mkdir(directory, { recursive: true });
      await tool.prepare(directory);
      if (tool.name === "bgdeploy") {
        const work = { dist, version: "none", hosts: names, network, settle: 0 };
        await mustMeasure(await setUp(directory, work), directory);
      } else await prepareHosts(lab, names, siteOf(tool.name));
    }
    return ground;
  } catch (error) {
    await ground[Symbol.asyncDispose]();
    throw error;
  }
}
