import { type Cell, isSame, jobNames } from "../grid.ts";
import type { Machine, Record } from "../record.ts";
import type { Sample } from "../sample.ts";
import { type ToolName, toolNames } from "../site.ts";
import type { StartUps } from "../startup.ts";
import { line, median, quantile } from "../stats.ts";

/** What one tool came to in one cell: medians; `low` and `high` are the quartiles of the ratio to the floor, round by round. */
export type Entry = {
  readonly tool: ToolName;
  readonly seconds: number;
  readonly cpu: number;
  readonly rounds: number;
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
};

export type Row = Omit<Cell, "tools"> & { readonly entries: readonly Entry[] };

/** Time over round trip time: `roundTrips` is the slope, `start` the seconds without a network. */
export type Slope = {
  readonly tool: ToolName;
  readonly roundTrips: number;
  readonly start: number;
  readonly points: readonly { readonly rtt: number; readonly seconds: number }[];
};

export type Memory = { readonly tool: ToolName; readonly hosts: number; readonly bytes: number };

export type Summary = {
  readonly machine: Machine | undefined;
  readonly startups: StartUps | undefined;
  readonly rows: readonly Row[];
  readonly slopes: readonly Slope[];
  readonly memories: readonly Memory[];
  /** As wished, and as measured (ms). */
  readonly networks: readonly { readonly rtt: number; readonly measured: number }[];
};

export function summarize(records: readonly Record[]): Summary {
  const samples = records.flatMap((each) => (each.kind === "sample" ? [each.sample] : []));
  const rows = rowsOf(samples);
  return {
    machine: records.flatMap((each) => (each.kind === "machine" ? [each.machine] : []))[0],
    startups: records.flatMap((each) => (each.kind === "startups" ? [each.startups] : []))[0],
    rows,
    slopes: toolNames.flatMap((tool) => slopeOf(samples, tool)),
    memories: records.flatMap((each) =>
      each.kind === "memory" ? [{ tool: each.tool, hosts: each.hosts, bytes: each.memory }] : [],
    ),
    networks: [...new Set(samples.map(({ rtt }) => rtt))]
      .filter((rtt) => rtt > 0)
      .toSorted((a, b) => a - b)
      .map((rtt) => ({
        rtt,
        measured: median(samples.flatMap((each) => (each.rtt === rtt ? [each.measuredRtt] : []))),
      })),
  };
}

/** In the order of the jobs, then hosts, then networks; the tool's own settle last. */
function rowsOf(samples: readonly Sample[]): readonly Row[] {
  const cells = samples
    .map(cellOf)
    .filter((cell, index, all) => all.findIndex((each) => isSame({ ...each, tools: [] }, cell)) === index);
  return cells
    .toSorted((a, b) => rank(a) - rank(b))
    .map((cell) => {
      const own = samples.filter((each) => isSame({ ...cell, tools: [] }, cellOf(each)));
      const floor = new Map(own.filter(({ tool }) => tool === "floor").map(({ round, seconds }) => [round, seconds]));
      const least = median([...floor.values()]);
      return { ...cell, entries: toolNames.flatMap((tool) => entryOf(own, tool, floor, least)) };
    });
}

function rank({ job, hosts, rtt, settle }: Omit<Cell, "tools">): number {
  return (settle === undefined ? 1e9 : 0) + jobNames.indexOf(job) * 1e7 + hosts * 1e4 + rtt;
}

function entryOf(
  samples: readonly Sample[],
  tool: ToolName,
  floor: ReadonlyMap<number, number>,
  least: number,
): readonly Entry[] {
  const own = samples.filter((each) => each.tool === tool);
  if (own.length === 0) return [];
  const seconds = median(own.map((each) => each.seconds));
  const ratios = own.map((each) => each.seconds / (floor.get(each.round) ?? least));
  return [
    {
      tool,
      seconds,
      cpu: median(own.map(({ cpu }) => cpu)),
      rounds: own.length,
      ratio: seconds / least,
      low: quantile(ratios, 0.25),
      high: quantile(ratios, 0.75),
    },
  ];
}

function slopeOf(samples: readonly Sample[], tool: ToolName): readonly Slope[] {
  const own = samples.filter(
    (each) => each.tool === tool && each.job === "same" && each.hosts === 1 && each.settle === 0,
  );
  const rtts = [...new Set(own.map(({ measuredRtt }) => measuredRtt))].toSorted((a, b) => a - b);
  // Two points make a line of anything.
  if (rtts.length < 3) return [];
  const points = rtts.map((rtt) => ({
    rtt,
    seconds: median(own.flatMap((each) => (each.measuredRtt === rtt ? [each.seconds] : []))),
  }));
  const { slope, start } = line(points.map(({ rtt, seconds }) => ({ x: rtt / 1000, y: seconds })));
  return [{ tool, roundTrips: slope, start, points }];
}

function cellOf({ job, hosts, rtt, settle }: Sample): Omit<Cell, "tools"> {
  return { job, hosts, rtt, settle: settle === "default" ? undefined : settle };
}
