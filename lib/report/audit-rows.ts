import { isVariant } from "../model/variant.ts";
import { oneLine } from "../model/printable.ts";
import { describeSlot } from "../plan/describe.ts";
import { listHosts } from "../plan/host-list.ts";
import type { Cell, TableStyle } from "../plan/table.ts";
import { tableLines } from "../plan/table.ts";
import type { AuditRun } from "../run/audit.ts";

/** A line for each run, under a head. What differs between hosts is said for each; `all` are the hosts of the stage. */
export function auditRows(runs: readonly AuditRun[], all: readonly string[], style: TableStyle): readonly string[] {
  const rows = runs.map((run) => {
    const cells = [
      run.at,
      run.who === "" ? "?" : `${run.who} on ${run.from}`,
      run.action,
      together(run, all, ({ release, variant }) => releaseOf(release, variant)),
    ];
    const outcome = oneLine(together(run, all, ({ end }) => (end === "" ? "?" : end)));
    const hosts = listHosts(
      run.hosts.map(({ host }) => host),
      all,
    );
    return [...cells.map((cell) => oneLine(cell)), paintedOutcome(run, outcome), oneLine(hosts)];
  });
  return tableLines(["when", "who", "what", "release", "outcome", "hosts"], rows, style);
}

function releaseOf(release: string, variant: string): string {
  return describeSlot(release, isVariant(variant) ? variant : undefined) ?? "-";
}

function paintedOutcome({ hosts }: AuditRun, text: string): Cell {
  const ends = hosts.map(({ end }) => end);
  if (ends.includes("mend")) return { text, format: "red" };
  if (ends.includes("undone")) return { text, format: "yellow" };
  return ends.every((end) => end === "live") ? { text, format: "green" } : text;
}

/** `live`; or, where the hosts differ, `live on h1; undone on h2`. */
function together(
  { hosts }: AuditRun,
  all: readonly string[],
  say: (host: AuditRun["hosts"][number]) => string,
): string {
  const groups = Map.groupBy(hosts, say);
  if (groups.size === 1) return [...groups.keys()].join("");
  return [...groups]
    .map(([what, of]) => {
      const names = of.map(({ host }) => host);
      return `${what} on ${listHosts(names, all)}`;
    })
    .join("; ");
}
