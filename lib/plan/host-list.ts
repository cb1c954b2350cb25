import { printable } from "../model/printable.ts";
import type { Warning } from "./warning.ts";

/** More names than these are put into few words. */
const mostNames = 8;

/** What is the same on several hosts is said once: `h1, h2: rsync is not installed`. `all` are the hosts there are. */
export function sayTogether(said: readonly Warning[], all: readonly string[]): readonly string[] {
  const groups = Map.groupBy(said, ({ text }) => printable(text));
  return [...groups].map(([text, each]) => `${listHosts([...new Set(each.map(({ host }) => host))], all)}: ${text}`);
}

/**
 * Names of hosts, short even for many: `h1, h2`, `all 50 hosts`, `all 50 hosts except h7`, `web1–web20, db1`. `all` are the
 * hosts there are.
 */
export function listHosts(names: readonly string[], all: readonly string[]): string {
  if (names.length <= mostNames) return names.join(", ");
  const rest = all.filter((name) => !names.includes(name));
  if (rest.length === 0) return `all ${all.length} hosts`;
  const [some, others] = [ranges(names), ranges(rest)];
  return rest.length <= 2 || others.length < some.length
    ? `all ${all.length} hosts except ${others.join(", ")}`
    : some.join(", ");
}

/** Numbered names that follow each other, three or more of them, as their first and last one. */
function ranges(names: readonly string[]): readonly string[] {
  const runs: string[][] = [];
  for (const name of names) {
    const run = runs.at(-1);
    if (run !== undefined && follows(run.at(-1) ?? "", name)) run.push(name);
    else runs.push([name]);
  }
  return runs.flatMap((run) => (run.length < 3 ? run : [`${run[0]}–${run.at(-1)}`]));
}

/** Is the second name that of the next number? `web9` and `web10`, `web09.example` and `web10.example`. */
function follows(one: string, next: string): boolean {
  const [, before = "", number = "", after = ""] = /^(.*?)(\d+)(\D*)$/.exec(one) ?? [];
  if (number === "") return false;
  return next === `${before}${String(Number(number) + 1).padStart(number.length, "0")}${after}`;
}
