import { printable } from "../model/printable.ts";
import type { Warning } from "./warning.ts";

/** What is the same on several hosts is said once: `h1, h2: there is no rsync`. `all` are the hosts there are. */
export function sayTogether(said: readonly Warning[], all: readonly string[]): readonly string[] {
  const groups = Map.groupBy(said, ({ text }) => printable(text));
  return [...groups].map(([text, each]) => `${listHosts([...new Set(each.map(({ host }) => host))], all)}: ${text}`);
}

/** Names of hosts, short even for many: `h1, h2`, `all 50 hosts`, `all 50 hosts except h7`. `all` are the hosts there are. */
export function listHosts(names: readonly string[], all: readonly string[]): string {
  const rest = all.filter((name) => !names.includes(name));
  if (names.length <= 8 || rest.length > 8) return names.join(", ");
  return `all ${all.length} hosts${rest.length === 0 ? "" : ` except ${rest.join(", ")}`}`;
}
