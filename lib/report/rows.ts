import { showSeconds } from "../model/duration.ts";
import { describeSlot } from "../plan/describe.ts";
import type { Paint } from "../plan/paint.ts";
import { alignColumns } from "../plan/table.ts";
import type { HostOutcome, Outcome } from "../run/outcome.ts";
import { showBytes } from "../model/bytes.ts";

/** More hosts than these with the same end share a row. */
const mostRows = 20;

type Row = {
  readonly end: HostOutcome["end"];
  readonly hosts: string;
  readonly from: string;
  readonly to: string;
  readonly seconds: string;
  readonly sent: string;
};

const words: Readonly<Record<HostOutcome["end"], string>> = {
  live: "live",
  undone: "undone",
  untouched: "untouched",
  mend: "needs repair",
};

/** What each host had and has now, in columns where they fit, else stacked. */
export function hostRows(outcome: Outcome, columns: number, paint: Paint): readonly string[] {
  const rows = makeRows(outcome.hosts);
  const mixed = outcome.hosts.some((host) => host.end !== "live");
  const table = tableLines(rows, mixed);
  const fits = table.every((line) => line.length <= columns);
  return rows.flatMap((row, index) => {
    const lines = fits ? [table[index] ?? ""] : stackedLines(row, mixed, columns);
    return lines.map((line) => paintEnd(line, row.end, paint));
  });
}

function makeRows(hosts: readonly HostOutcome[]): readonly Row[] {
  const groups = Map.groupBy(hosts, ({ end, from, to }) => JSON.stringify([end, from, to]));
  const nothingSent = hosts.every((host) => host.bytes === 0);
  return [...groups.values()].flatMap((group) => {
    const parts = group.length > mostRows ? [group] : group.map((host) => [host]);
    return parts.map((part) => makeRow(part, nothingSent));
  });
}

function makeRow(hosts: readonly HostOutcome[], nothingSent: boolean): Row {
  const [first] = hosts;
  const times = hosts.map((host) => host.seconds);
  const bytes = hosts.reduce((sum, host) => sum + host.bytes, 0);
  const shortest = showSeconds(Math.min(...times));
  const longest = showSeconds(Math.max(...times));
  return {
    end: first?.end ?? "untouched",
    hosts: hosts.length > 1 ? `${hosts.length} hosts` : (first?.host ?? ""),
    from: describeSlot(first?.from.release, first?.from.variant) ?? "nothing",
    to: describeSlot(first?.to.release, first?.to.variant) ?? "",
    seconds: shortest === longest ? longest : `${shortest} to ${longest}`,
    sent: nothingSent ? "" : `${showBytes(bytes)} sent`,
  };
}

function tableLines(rows: readonly Row[], mixed: boolean): readonly string[] {
  const fromWidth = widest(rows.filter((row) => joint(row) !== undefined).map((row) => row.from));
  const secondsWidth = widest(rows.map((row) => row.seconds));
  const sentWidth = widest(rows.map((row) => row.sent));
  return alignColumns(
    rows.map((row) => [
      row.hosts,
      joint(row) === undefined ? row.from : `${row.from.padEnd(fromWidth)} ${joint(row)} ${row.to}`,
      mixed ? words[row.end] : "",
      row.seconds.padStart(secondsWidth),
      row.sent.padStart(sentWidth),
    ]),
  );
}

function widest(cells: readonly string[]): number {
  return Math.max(0, ...cells.map((cell) => cell.length));
}

function stackedLines(row: Row, mixed: boolean, columns: number): readonly string[] {
  const change = joint(row) === undefined ? `  ${row.from}` : `  ${row.from} ${joint(row)} ${row.to}`;
  const changes = change.length <= columns ? [change] : [`  ${row.from}`, `  ${joint(row)} ${row.to}`];
  const sent = row.sent === "" ? "" : `, ${row.sent}`;
  return [mixed ? `${row.hosts}  ${words[row.end]}` : row.hosts, ...changes, `  ${row.seconds}${sent}`];
}

/** What stands between the release before and the new one; nothing where the one before is still live. */
function joint(row: Row): string | undefined {
  if (row.end === "live") return "→";
  return row.end === "mend" ? "or" : undefined;
}

function paintEnd(line: string, end: HostOutcome["end"], paint: Paint): string {
  if (end === "live") return line;
  return paint(end === "mend" ? "red" : end === "undone" ? "yellow" : "dim", line);
}
