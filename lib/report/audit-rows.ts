import { isVariant } from "../model/variant.ts";
import { oneLine } from "../model/printable.ts";
import { describeSlot } from "../plan/describe.ts";
import { alignColumns } from "../plan/table.ts";
import type { AuditRun } from "../run/audit.ts";

/** A line for each run, under a head. What differs between hosts is said for each. */
export function auditRows(runs: readonly AuditRun[]): readonly string[] {
  const rows = runs.map((run) => [
    run.at,
    run.who === "" ? "?" : `${run.who} on ${run.from}`,
    run.action,
    together(run, ({ release, variant }) => describeSlot(release, isVariant(variant) ? variant : undefined) ?? "-"),
    together(run, ({ end }) => (end === "" ? "?" : end)),
    run.hosts.map(({ host }) => host).join(", "),
  ]);
  const safe = rows.map((row) => row.map((cell) => oneLine(cell)));
  return alignColumns([["when", "who", "what", "release", "outcome", "hosts"], ...safe]);
}

/** `live`; or, where the hosts differ, `live on h1; undone on h2`. */
function together({ hosts }: AuditRun, say: (host: AuditRun["hosts"][number]) => string): string {
  const groups = Map.groupBy(hosts, say);
  if (groups.size === 1) return [...groups.keys()].join("");
  return [...groups].map(([what, of]) => `${what} on ${of.map(({ host }) => host).join(", ")}`).join("; ");
}
