import { mkdir, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { suites } from "./lab/debian.ts";
import { baseImage } from "./lab/image.ts";
import { LabError } from "./lab/lab-error.ts";
import { installPackages, whyLabCannotRun } from "./lab/requirements.ts";
import { conclude } from "./runner/conclude.ts";
import { type TestFile, findTestFiles, isLoad } from "./runner/files.ts";
import { type Job, type JobEnd, runJob, signalJobs } from "./runner/job.ts";
import { buildExample, checks, coverageJob, root, testExample, testJob } from "./runner/jobs.ts";
import { type Judgement, type Result, judgeCheck, judgeTests } from "./runner/result.ts";
import { say, seconds } from "./runner/say.ts";

const usage = `Checks the types, the style and the format, then runs all tests, the quick ones first.

  npm test                      everything
  npm test -- config e2e/undo   the test files whose path contains one of the words, and no checks
  npm test -- --no-lab          leave out the tests that boot hosts
  npm test -- --needs-lab       count tests that were skipped for want of the lab as failed
  npm test -- --coverage        say how much of lib and recipes the tests ran
`;

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const parsed = parse(argv);
  if (parsed === undefined || parsed.options.help) {
    say(usage);
    return parsed === undefined ? 2 : 0;
  }
  const { words, options } = parsed;
  const all = findTestFiles(root).filter(({ path }) => words.length === 0 || words.some((word) => path.includes(word)));
  const files = all.filter(({ onLab }) => !(onLab && options.noLab));
  if (files.length === 0) {
    say(
      `No test file's path contains ${words.join(" or ")}${options.noLab ? " (without those that boot hosts)" : ""}.`,
    );
    return 2;
  }
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop(signal));
  const coverage = options.coverage ? join(root, "coverage/tmp") : undefined;
  if (coverage !== undefined) await emptyDirectory(coverage);

  const results: Result[] = [];
  const test = async (job: Job): Promise<unknown> => results.push(await perform(job, judgeTests));
  const check = async (job: Job): Promise<unknown> => results.push(await perform(job, judgeCheck));
  const isWhole = words.length === 0;
  if (isWhole) for (const job of checks) await check(job);
  await check(buildExample);
  if (isWhole) await test(testExample);
  const [onLab = [], quick = []] = [true, false].map((wanted) => files.filter((file) => file.onLab === wanted));
  // The quick tests use some of the packages, too.
  if (onLab.length > 0) await prepareLab();
  const images = buildImages(onLab);
  await inTurns(quick, Math.min(2, availableParallelism()), (file) => test(testJob(file, coverage)));
  await images;
  // Tests on hosts mostly wait; a load is measured alone.
  const [loads = [], others = []] = [true, false].map((wanted) => onLab.filter((file) => isLoad(file) === wanted));
  await inTurns(others, 3, (file) => test(testJob(file, coverage)));
  await inTurns(loads, 1, (file) => test(testJob(file, coverage)));
  if (coverage !== undefined) await reportCoverage(coverage);

  const leftOut = all.length - files.length;
  if (leftOut > 0) say(`\nLeft out by --no-lab: test files that boot hosts, ${leftOut} of ${all.length}.`);
  return conclude(results, options.needsLab);
}

type Options = Readonly<Record<"help" | "noLab" | "needsLab" | "coverage", boolean>>;

function parse(argv: readonly string[]): { readonly words: readonly string[]; readonly options: Options } | undefined {
  const flag = { type: "boolean", default: false } as const;
  const options = { help: flag, "no-lab": flag, "needs-lab": flag, coverage: flag };
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const { help, coverage, "no-lab": noLab, "needs-lab": needsLab } = values;
    return { words: positionals, options: { help, coverage, noLab, needsLab } };
  } catch {
    return undefined;
  }
}

/** Runs a job and says in a line what it came to; all of its output if it failed. */
async function perform(job: Job, judge: (job: Job, end: JobEnd) => Judgement): Promise<Result> {
  const end = await runJob(job);
  const { problem, ...result } = judge(job, end);
  const { passed, failed, skipped } = result;
  const counts = [
    passed > 0 ? `${passed} passed` : "",
    failed > 0 ? `${failed} FAILED` : "",
    skipped > 0 ? `${skipped} skipped` : "",
  ].filter((each) => each !== "");
  say(`${seconds(end.seconds)}  ${job.name}  ${counts.length === 0 ? "ok" : counts.join(", ")}`);
  if (failed > 0) say(`${stripVTControlCharacters(end.output).trimEnd()}\n${problem ?? `${job.name} failed.`}\n`);
  return result;
}

async function inTurns<T>(items: readonly T[], atOnce: number, act: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = items.values();
  const worker = async (): Promise<void> => {
    for (const item of waiting) await act(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Packages and the hosts' image, so that no test file pays for them. Where it fails, the tests on hosts will say why. */
async function prepareLab(): Promise<void> {
  const why = whyLabCannotRun();
  if (why !== undefined) return say(`\nTests on hosts are skipped: ${why}`);
  const began = performance.now();
  try {
    await installPackages(say);
    await baseImage(say);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    say(`lab: ${error.message}`);
  }
  say(`${seconds((performance.now() - began) / 1000)}  packages and image of the lab`);
}

/** The images of other Debian releases, one after the other. Where one fails, its tests try it again, fail, and say why. */
async function buildImages(files: readonly TestFile[]): Promise<void> {
  if (whyLabCannotRun() !== undefined) return;
  for (const suite of suites.filter((name) => files.some(({ path }) => path.includes(`suites/${name}.`)))) {
    try {
      await baseImage(say, suite);
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      say(`lab: ${error.message}`);
    }
  }
}

async function reportCoverage(directory: string): Promise<void> {
  const { output } = await runJob(coverageJob(directory));
  say(`\n${output.trim()}`);
  await rm(directory, { recursive: true, force: true });
}

async function emptyDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
}

function stop(signal: NodeJS.Signals): void {
  signalJobs(signal);
  say(`\nStopped by ${signal}.`);
  // oxlint-disable-next-line unicorn/no-process-exit -- whoever asked to stop means now
  process.exit(130);
}
