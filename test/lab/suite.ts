import { type Test, suite } from "uvu";
import { whyLabCannotRun } from "./requirements.ts";

/**
 * A uvu suite for tests on a lab. Where no lab can run, its tests are counted as skipped, its hooks do not run, and
 * stderr says why once.
 */
export function labSuite(name: string): Test {
  const why = whyLabCannotRun();
  const real = suite(name);
  if (why === undefined) return real;
  process.stderr.write(`${name}: skipped: ${why}\n`);
  const hook = Object.assign(() => undefined, { each: () => undefined });
  const skip = (title?: string): void => real.skip(title);
  return Object.assign(skip, { only: skip, skip, before: hook, after: hook, run: () => real.run() });
}
