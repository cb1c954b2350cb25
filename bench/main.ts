import { appendFileSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { LabError } from "../test/lab/lab-error.ts";
import { whyLabCannotRun } from "../test/lab/requirements.ts";
import { abandon } from "./client.ts";
import { type Cell, grid, grounds, jobs } from "./grid.ts";
import { type Ground, openGround } from "./ground.ts";
import { buildPackage, installTools } from "./install.ts";
import { type Options, UsageError, parse, usage } from "./options.ts";
import { describeMachine } from "./machine.ts";
import type { Record } from "./record.ts";
import { writeDocs } from "./report/docs.ts";
import { summarize } from "./report/summary.ts";
import { resultText } from "./report/table.ts";
import { placeOf } from "./report/words.ts";
import { readResults } from "./results.ts";
import { type Clock, memoryOf, runCell } from "./rounds.ts";
import type { Sample } from "./sample.ts";
import { startUps } from "./startup.ts";
import { toolsNamed } from "./tools/all.ts";
import type { Tool } from "./tools/tool.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = parse(argv);
    if (options.help) say(usage);
    else if (options.report !== undefined) await report(await readResults(options.report), options);
    else await bench(options);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof LabError)) throw error;
    process.stderr.write(`bench: ${error.message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function bench(options: Options): Promise<void> {
  const why = whyLabCannotRun();
  if (why !== undefined) throw new LabError(why);
  const began = performance.now();
  const clock = { isOver: () => performance.now() - began > options.minutes * 60_000 };
  const out = options.out ?? join(import.meta.dirname, "results", `${stamp()}.ndjson`);
  await mkdir(dirname(out), { recursive: true });
  const records: Record[] = [];
  const keep = (record: Record): void => {
    records.push(record);
    appendFileSync(out, `${JSON.stringify(record)}\n`);
  };

  const scratch = await mkdtemp(join(tmpdir(), "bgdeploy-bench-"));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => stop(scratch));
  try {
    const { installed, missing } = await installTools(options.tools, say);
    for (const { name, why } of missing) say(`bench: without ${name}: ${why}`);
    await buildPackage();
    const tools = toolsNamed(installed);
    keep({ kind: "machine", machine: await describeMachine(tools, missing) });
    const cells = grid({ ...options, tools: installed });
    let left = cells.length;
    for (const [index, part] of grounds(cells).entries()) {
      if (clock.isOver()) break;
      const most = Math.max(...part.map(({ hosts }) => hosts));
      say(`bench: booting ${most} hosts`);
      const wanted = tools.filter(({ name }) => part.some((cell) => cell.tools.includes(name)));
      const place = join(scratch, `${index}`);
      await using ground = await openGround(most, wanted, place, say);
      if (index === 0 && installed.includes("bgdeploy"))
        keep({ kind: "startups", startups: await startUps(ground, place, options.rounds) });
      for (const cell of part) {
        if (clock.isOver()) break;
        say(`${minutes(began)}  ${cells.length - left + 1} of ${cells.length}: ${jobs[cell.job]}; ${placeOf(cell)}`);
        left -= 1;
        await measureCell(ground, cell, wanted, options.rounds, clock, keep);
      }
    }
    if (left > 0) say(`bench: the time is over; ${left} of ${cells.length} cells are left out`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  await report(records, options);
  say(`\nResults: ${out}`);
}

async function measureCell(
  ground: Ground,
  cell: Cell,
  tools: readonly Tool[],
  rounds: number,
  clock: Clock,
  keep: (record: Record) => void,
): Promise<void> {
  const own = tools.filter(({ name }) => cell.tools.includes(name));
  const tell = (sample: Sample): void => {
    say(`  ${sample.tool.padEnd(10)} ${sample.seconds.toFixed(2).padStart(7)} s   client ${sample.cpu.toFixed(2)} s`);
    keep({ kind: "sample", sample });
  };
  await runCell(ground, cell, own, rounds, clock, tell, say);
  if (cell.job !== "changed" || cell.rtt !== 0 || cell.settle !== 0) return;
  for (const tool of own) {
    const memory = await memoryOf(ground, tool, cell.hosts).catch(() => undefined);
    if (memory === undefined) say(`  ${tool.name} failed when its memory was looked at`);
    else keep({ kind: "memory", tool: tool.name, hosts: cell.hosts, memory: memory.all, own: memory.own });
  }
}

async function report(records: readonly Record[], { docs }: Options): Promise<void> {
  say(`\n${resultText(summarize(records))}`);
  if (docs) for (const path of await writeDocs(records, join(import.meta.dirname, "../docs"))) say(`Written: ${path}`);
}

/** The lab goes down by its own watchdog; what was measured stands in the file. */
function stop(scratch: string): never {
  abandon();
  rmSync(scratch, { recursive: true, force: true });
  // oxlint-disable-next-line unicorn/no-process-exit -- whoever asked to stop means now
  process.exit(130);
}

function minutes(began: number): string {
  return `${((performance.now() - began) / 60_000).toFixed(1).padStart(5)} min`;
}

function stamp(): string {
  return new Date().toISOString().slice(0, 19).replaceAll(":", "_");
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
