import type { Kind } from "./dist.ts";
import type { ToolName } from "./site.ts";

export const jobs = {
  first: "first deploy, 50 MB in 1,000 files",
  changed: "redeploy, 1 file in 100 changed",
  same: "redeploy, nothing changed",
  small: "redeploy, 5,000 small files, 1 in 100 changed",
  rollback: "rollback",
} as const;
export type Job = keyof typeof jobs;
export const jobNames: readonly Job[] = ["first", "changed", "same", "small", "rollback"];

/** One place of the table: a job on so many hosts over a network with this round trip time (ms), by these tools in turn. */
export type Cell = {
  readonly job: Job;
  readonly hosts: number;
  readonly rtt: number;
  /** Seconds; `undefined`: each tool's default. */
  readonly settle: number | undefined;
  readonly tools: readonly ToolName[];
};

export function kindOf({ job }: Cell): Kind {
  return job === "small" ? "small" : "large";
}

export type Choice = {
  readonly tools: readonly ToolName[];
  readonly hosts: readonly number[];
  readonly jobs: readonly Job[];
  readonly rtts: readonly number[];
  /** Were the tools chosen by name? Then all of them have every cell; the others take many times as long as ours. */
  readonly chosen: boolean;
  /** Only what tells of a regression: the slope, and the jobs on one host without a network. */
  readonly quick: boolean;
};

/** The network of the slope: round trips are the slope of time over these. */
export const slopeRtts = [0, 40, 80, 160];

/** More hosts at once are beyond what the other tools are measured for. */
const few = 8;

const ours: readonly ToolName[] = ["floor", "bgdeploy"];

/** All cells, the most telling first, so that a bench whose time is over has those. */
export function grid(choice: Choice): readonly Cell[] {
  const cell = (job: Job, hosts: number, rtt: number): Cell => {
    const all = choice.chosen ? hosts <= few : isTelling(job, hosts, rtt);
    return { job, hosts, rtt, settle: 0, tools: all ? choice.tools : withoutPeers(choice.tools) };
  };
  const one = choice.hosts.includes(1);
  const many = choice.hosts.filter((count) => count > 1 && count <= few);
  const most = choice.hosts.filter((count) => count > few);
  const far = choice.quick ? [] : choice.rtts.filter((rtt) => rtt > 0 && rtt !== 80);
  const near = choice.rtts.includes(0);
  const cells = [
    ...(one && choice.jobs.includes("same") ? choice.rtts.map((rtt) => cell("same", 1, rtt)) : []),
    ...(one && near ? choice.jobs.map((job) => cell(job, 1, 0)) : []),
    ...(near ? many.flatMap((hosts) => choice.jobs.map((job) => cell(job, hosts, 0))) : []),
    ...(one ? far.flatMap((rtt) => choice.jobs.map((job) => cell(job, 1, rtt))) : []),
    ...many.flatMap((hosts) => far.map((rtt) => cell("changed", hosts, rtt))),
    ...(one && near && !choice.quick
      ? [{ ...cell("changed", 1, 0), settle: undefined, tools: withoutPeers(choice.tools) }]
      : []),
    ...(near
      ? most.flatMap((hosts) => choice.jobs.filter((job) => job !== "small").map((job) => cell(job, hosts, 0)))
      : []),
  ];
  return cells.filter(
    (each, index) => choice.jobs.includes(each.job) && cells.findIndex((other) => isSame(each, other)) === index,
  );
}

/** Where the other tools are timed, too: their slope, each job once, and many hosts once near and once far. */
function isTelling(job: Job, hosts: number, rtt: number): boolean {
  if (hosts === 1) return job === "same" || (rtt === 0 && job !== "small");
  return job === "changed" && ((hosts === 8 && rtt === 0) || (hosts === 4 && rtt === 40));
}

function withoutPeers(tools: readonly ToolName[]): readonly ToolName[] {
  return tools.filter((tool) => ours.includes(tool));
}

/** The cells that are measured on the same hosts: where there are many, those that idle cost the others time. */
export function grounds(cells: readonly Cell[]): readonly (readonly Cell[])[] {
  const [small, large] = [cells.filter(({ hosts }) => hosts <= few), cells.filter(({ hosts }) => hosts > few)];
  return [small, large].filter((each) => each.length > 0);
}

export function isSame(a: Cell, b: Omit<Cell, "tools">): boolean {
  return a.job === b.job && a.hosts === b.hosts && a.rtt === b.rtt && a.settle === b.settle;
}
