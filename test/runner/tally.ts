import { stripVTControlCharacters } from "node:util";

/** What uvu says at the end of a file. */
export type Tally = { readonly passed: number; readonly failed: number; readonly skipped: number };

/**
 * Reads uvu's closing lines; `undefined` where they are missing (it crashed, or no test was run).
 *
 * uvu ends with 0 when a `before` hook throws, so its exit code does not count: what did not pass has failed.
 */
export function readTally(output: string): Tally | undefined {
  const text = stripVTControlCharacters(output);
  const numbers = [...text.matchAll(/^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)$/gm)].at(-1);
  if (numbers === undefined) return undefined;
  const [total = 0, passed = 0, skipped = 0] = numbers.slice(1).map(Number);
  if (total + skipped === 0) return undefined;
  return { passed, failed: total - passed, skipped };
}

/** Why a file's tests were skipped, as `labSuite` says it: `reboot: skipped: the lab needs root.` */
export function skipReason(output: string): string | undefined {
  return /^.+: skipped: (.+)$/m.exec(stripVTControlCharacters(output))?.[1];
}
