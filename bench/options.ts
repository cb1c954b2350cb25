import { parseArgs } from "node:util";
import { type Choice, type Job, jobNames, slopeRtts } from "./grid.ts";
import { toolNames } from "./site.ts";

export const usage = `Times bgdeploy, a hand-written script and other tools at the same deploys, on real hosts on this machine. Needs Linux and root.

  npm run bench                 everything; writes docs/benchmarks.{md,svg,json}
  npm run bench -- --quick      one host, the script and bgdeploy; under three minutes; writes no docs

  --tools NAME,…     of ${toolNames.join(", ")}; the floor is always there, for it is the measure.
                     Not named, the floor and bgdeploy are timed everywhere, the others where it tells most
  --jobs NAME,…      of ${jobNames.join(", ")}
  --hosts N,…        how many hosts at once (default: 1,4,8,50)
  --rtt MS,…         round trip times of the network; 0 is direct (default: ${slopeRtts.join(",")})
  --rounds N         how often each is timed (default: 5)
  --minutes N        begin no further round after so long; what is measured until then is reported
  --out FILE         where results are written as they come, a line of JSON each (default: bench/results/<time>.ndjson)
  --report FILE      measure nothing; report the results in this file (such a one, or docs/benchmarks.json), and write the docs
  --no-docs          print only
  --help             this text
`;

export type Options = Choice & {
  readonly help: boolean;
  readonly docs: boolean;
  readonly rounds: number;
  readonly minutes: number;
  readonly out: string | undefined;
  readonly report: string | undefined;
};

/** A mistake in what was typed. */
export class UsageError extends Error {}

export function parse(argv: readonly string[]): Options {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const values = (() => {
    try {
      return parseArgs({
        args: [...argv],
        allowNegative: true,
        options: {
          help: flag,
          quick: flag,
          docs: { type: "boolean", default: true },
          tools: text,
          jobs: text,
          hosts: text,
          rtt: text,
          rounds: text,
          minutes: text,
          out: text,
          report: text,
        },
      }).values;
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : String(error));
    }
  })();
  const { quick } = values;
  const wanted = oneOf("--tools", values.tools, toolNames) ?? (quick ? ["floor", "bgdeploy"] : toolNames);
  return {
    help: values.help,
    quick,
    docs: values.docs && !quick,
    chosen: values.tools !== undefined,
    tools: toolNames.filter((name) => name === "floor" || wanted.includes(name)),
    jobs: oneOf<Job>("--jobs", values.jobs, jobNames) ?? (quick ? ["same", "changed"] : jobNames),
    hosts: numbers("--hosts", values.hosts, 1) ?? (quick ? [1] : [1, 4, 8, 50]),
    rtts: numbers("--rtt", values.rtt, 0) ?? (quick ? [0, 40, 160] : slopeRtts),
    rounds: numbers("--rounds", values.rounds, 1)?.[0] ?? 5,
    minutes: numbers("--minutes", values.minutes, 1)?.[0] ?? (quick ? 2.5 : Infinity),
    out: values.out,
    report: values.report,
  };
}

function oneOf<T extends string>(flag: string, given: string | undefined, all: readonly T[]): readonly T[] | undefined {
  if (given === undefined) return undefined;
  const words = given.split(",");
  const unknown = words.find((word) => !all.some((name) => name === word));
  if (unknown !== undefined) throw new UsageError(`${flag}: there is no ${unknown}; choose of ${all.join(", ")}`);
  return all.filter((name) => words.includes(name));
}

function numbers(flag: string, given: string | undefined, least: number): readonly number[] | undefined {
  if (given === undefined) return undefined;
  const all = given.split(",").map(Number);
  if (!all.every((value) => Number.isInteger(value) && value >= least)) {
    throw new UsageError(`${flag} ${given}: expected whole numbers from ${least} on`);
  }
  return all.toSorted((a, b) => a - b);
}
