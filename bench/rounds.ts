import type { Memory } from "./client.ts";
import { changeSome, touchAll } from "./dist.ts";
import { type Cell, kindOf } from "./grid.ts";
import type { Ground } from "./ground.ts";
import type { Sample } from "./sample.ts";
import type { Tool } from "./tools/tool.ts";

export type Clock = {
  /** Is the time over? Asked before each round. */
  readonly isOver: () => boolean;
};

/**
 * Runs a cell: in each round every tool in turn, and in the next round the other way round, so that what else happens on
 * the machine hits all alike. A tool that fails is left out of the rest of the cell.
 */
export async function runCell(
  ground: Ground,
  cell: Cell,
  tools: readonly Tool[],
  rounds: number,
  { isOver }: Clock,
  keep: (sample: Sample) => void,
  say: (text: string) => void,
): Promise<void> {
  const { job, rtt, settle } = cell;
  const hosts = ground.hosts(cell.hosts);
  const dist = await ground.dist(kindOf(cell));
  const [near, network] = [await ground.network(0), await ground.network(rtt)];
  const common = { dist, hosts, settle };
  const failed = new Set<string>();

  const attempt = async (tool: Tool, round: number, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      failed.add(tool.name);
      say(
        `  ${tool.name} failed in round ${round} and is left out here: ${error instanceof Error ? error.message : ""}`,
      );
    }
  };

  // What a redeploy finds, and a first round that does not count.
  if (job !== "first") {
    for (const tool of tools) {
      if (isOver()) return;
      await attempt(tool, 0, async () => {
        // Not every tool brings hosts that differ to one state.
        if (!ground.isEven(tool, hosts)) await ground.clear(tool, hosts);
        await ground.run({ tool, action: "deploy", ...common, settle: 0, network: near });
      });
    }
  }
  for (let round = 1; round <= rounds && !isOver(); round++) {
    if (job === "changed" || job === "small") await changeSome(dist, round);
    const order = round % 2 === 1 ? tools : tools.toReversed();
    for (const tool of order.filter(({ name }) => !failed.has(name))) {
      await attempt(tool, round, async () => {
        if (job === "first") await ground.clear(tool, hosts);
        if (job === "rollback") {
          await ground.run({ tool, action: "deploy", ...common, settle: 0, network: near });
        }
        await touchAll(dist);
        const action = job === "rollback" ? "rollback" : "deploy";
        const { seconds, cpu } = await ground.run({ tool, action, ...common, network });
        const named = settle ?? "default";
        keep({
          tool: tool.name,
          job,
          hosts: hosts.length,
          rtt,
          measuredRtt: network.measured,
          settle: named,
          round,
          seconds,
          cpu,
        });
      });
    }
  }
}

/** One more redeploy with some files changed, with an eye on the memory of the tool's processes. */
export async function memoryOf(ground: Ground, tool: Tool, count: number): Promise<Memory | undefined> {
  const [dist, network, hosts] = [await ground.dist("large"), await ground.network(0), ground.hosts(count)];
  await changeSome(dist, 0);
  await touchAll(dist);
  const run = { tool, action: "deploy", dist, hosts, network, settle: 0, watchMemory: true } as const;
  return (await ground.run(run)).memory;
}
