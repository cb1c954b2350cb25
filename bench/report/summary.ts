import { type Cell, isSame, jobNames } from "../grid.ts";
import type { Machine, Record } from "../record.ts";
import type { Sample } from "../sample.ts";
import { type ToolName, toolNames } from "../site.ts";
import type { StartUps } from "../startup.ts";
import { line, median, quantile } from "../stats.ts";

/** What one tool came to in one cell: medians; `ratio`, `low` and `high` are median and quartiles of the ratio to the floor's time in the same round. */
export type Entry = {
  readonly tool: ToolName;
  readonly seconds: number;
  readonly cpu: number;
  /** How many stand behind the ratio, or behind the seconds where there is none (`NaN`). */
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

/** Bytes; `own`: of the process that was started, unknown of older results. */
export type Memory = {
  readonly tool: ToolName;
  readonly hosts: number;
  readonly all: number;
  readonly own: number | undefined;
};

export type Summary = {
  readonly machine: Machine | undefined;
  /** How many runs of the bench these are, in files that were joined. */
  readonly runs: number;
  /** The fewest that stand behind a figure; `undefined` where there is none. */
  readonly rounds: number | undefined;
  readonly startups: StartUps | undefined;
  readonly rows: readonly Row[];
  readonly slopes: readonly Slope[];
  readonly memories: readonly Memory[];
  /** As wished, and as measured (ms). */
  readonly networks: readonly { readonly rtt: number; readonly measured: number }[];
};

/** Rounds are counted within a run of the bench, which begins with its machine. */
type RunSample = Sample & { readonly run: number };

export function summarize(records: readonly Record[]): Summary {
  const samples = samplesOf(records);
  const rows = rowsOf(samples);
  const machines = records.flatMap((each) => (each.kind === "machine" ? [each.machine] : []));
  const rounds = rows.flatMap(({ entries }) => entries.map((entry) => entry.rounds));
  return {
    machine: machines[0],
    runs: machines.length,
    rounds: rounds.length === 0 ? undefined : Math.min(...rounds),
    startups: records.flatMap((each) => (each.kind === "startups" ? [each.startups] : []))[0],
    rows,
    slopes: toolNames.flatMap((tool) => slopeOf(samples, tool)),
    memories: records.flatMap((each) =>
      each.kind === "memory" ? [{ tool: each.tool, hosts: each.hosts, all: each.memory, own: each.own }] : [],
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

function samplesOf(records: readonly Record[]): readonly RunSample[] {
  let run = 0;
  return records.flatMap((each) => {
    if (each.kind === "machine") run += 1;
    return each.kind === "sample" ? [{ ...each.sample, run }] : [];
  });
}

/** In the order of the jobs, then hosts, then networks; the tool's own settle last. */
function rowsOf(samples: readonly RunSample[]): readonly Row[] {
  const cells = samples
    .map(cellOf)
    .filter((cell, index, all) => all.findIndex((each) => isSame({ ...each, tools: [] }, cell)) === index);
  return cells
    .toSorted((a, b) => rank(a) - rank(b))
    .map((cell) => {
      const own = samples.filter((each) => isSame({ ...cell, tools: [] }, cellOf(each)));
      const floor = new Map(own.filter(({ tool }) => tool === "floor").map((each) => [roundOf(each), each.seconds]));
      return { ...cell, entries: toolNames.flatMap((tool) => entryOf(own, tool, floor)) };
    });
}

function rank({ job, hosts, rtt, settle }: Omit<Cell, "tools">): number {
  return (settle === undefined ? 1e9 : 0) + jobNames.indexOf(job) * 1e7 + hosts * 1e4 + rtt;
}

function roundOf({ run, round }: RunSample): string {
  return `${run} ${round}`;
}

function entryOf(samples: readonly RunSample[], tool: ToolName, floor: ReadonlyMap<string, number>): readonly Entry[] {
  const own = samples.filter((each) => each.tool === tool);
  if (own.length === 0) return [];
  const ratios = own.flatMap((each) => {
    const measure = floor.get(roundOf(each));
    return measure === undefined ? [] : [each.seconds / measure];
  });
  return [
    {
      tool,
      seconds: median(own.map(({ seconds }) => seconds)),
      cpu: median(own.map(({ cpu }) => cpu)),
      rounds: ratios.length || own.length,
      ratio: median(ratios),
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
