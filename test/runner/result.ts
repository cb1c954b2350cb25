import type { Job, JobEnd } from "./job.ts";
import { readTally, skipReason } from "./tally.ts";

/** What one job came to. */
export type Result = {
  readonly name: string;
  readonly seconds: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly reason: string | undefined;
};

/** `problem` is the last line of what is shown of a failure. */
export type Judgement = Result & { readonly problem?: string };

/** A check passes or fails as a whole, and is no test. */
export function judgeCheck({ name }: Job, end: JobEnd): Judgement {
  const base = { name, seconds: end.seconds, passed: 0, failed: 0, skipped: 0, reason: undefined };
  return end.ending === undefined ? base : { ...base, failed: 1, problem: `${name} ${end.ending}.` };
}

/** The tests of a file, by uvu's own count. */
export function judgeTests({ name }: Job, end: JobEnd): Judgement {
  const tally = readTally(end.output);
  const base = { name, seconds: end.seconds, reason: skipReason(end.output) };
  if (tally === undefined) {
    return { ...base, passed: 0, failed: 1, skipped: 0, problem: `${name} ${end.ending ?? "ran no test"}.` };
  }
  const result = { ...base, ...tally };
  if (end.ending !== undefined)
    return tally.failed > 0 ? result : { ...result, failed: 1, problem: `${name} ${end.ending}.` };
  if (tally.failed === 0) return result;
  return { ...result, problem: `${name}: uvu hides what a hook throws; look into its before and after hooks.` };
}
