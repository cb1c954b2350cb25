import type { Result } from "./result.ts";
import { say, seconds } from "./say.ts";

/** Says what was slow, what was skipped and what failed, then the closing line. Returns the exit code. */
export function conclude(results: readonly Result[], needsLab: boolean): number {
  saySlowest(results);
  saySkipped(results.filter(({ skipped }) => skipped > 0));
  const failing = results.filter(({ failed }) => failed > 0);
  if (failing.length > 0) say(`\nFailed: ${failing.map(({ name }) => name).join(", ")}`);

  const wanting = needsLab
    ? total(results.filter(({ reason }) => reason !== undefined).map(({ skipped }) => skipped))
    : 0;
  if (wanting > 0) say(`\n${wanting} skipped tests count as failed: they need the lab.`);
  const passed = total(results.map((each) => each.passed));
  const failed = total(results.map((each) => each.failed)) + wanting;
  const skipped = total(results.map((each) => each.skipped)) - wanting;
  say(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return failed > 0 ? 1 : 0;
}

function saySlowest(results: readonly Result[]): void {
  const slow = results.filter((each) => each.seconds >= 1).toSorted((a, b) => b.seconds - a.seconds);
  if (slow.length > 0) say("\nSlowest:");
  for (const each of slow.slice(0, 8)) say(`${seconds(each.seconds)}  ${each.name}`);
}

function saySkipped(results: readonly Result[]): void {
  for (const [reason, group] of Map.groupBy(results, (each) => each.reason)) {
    const names = group.map(({ name }) => name).join(", ");
    say(`\nSkipped ${total(group.map(({ skipped }) => skipped))} in ${names}: ${reason ?? "the file says so."}`);
  }
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
