import { appendFileSync } from "node:fs";
import { styleText } from "node:util";

/** What one load lost, in one mode, over a number of switches. */
export type Row = {
  readonly mode: string;
  readonly load: string;
  readonly switches: number;
  readonly requests: number;
  readonly failed: number;
  readonly kinds: Readonly<Record<string, number>>;
  /** Requests that met a kept connection as nginx closed it; sent again on a new one, as a browser does. */
  readonly kept: number;
};

const kinds = ["status", "cut", "reset", "timeout", "refused"] as const;
const titles = [
  "mode",
  "load",
  "switches",
  "requests",
  "non-2xx",
  "cut",
  "reset",
  "timed out",
  "refused",
  "other",
  "lost",
  "sent again",
];

/** For people: a line for each row. `lost` is what a client never got; `sent again` is nginx's keep-alive race. */
export function tableText(rows: readonly Row[]): string {
  const cells = rows.map(({ mode, load, switches, requests, failed, kinds: by, kept }) => {
    const known = kinds.map((kind) => by[kind] ?? 0);
    const other = failed - known.reduce((sum, count) => sum + count, 0);
    return [
      mode,
      load,
      ...[switches, requests, ...known, other, failed, kept].map((count) => count.toLocaleString("en-GB")),
    ];
  });
  const widths = titles.map((title, at) => Math.max(title.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  ")
      .trimEnd();
  return [styleText("bold", line(titles)), ...cells.map((row) => line(row)), ""].join("\n");
}

/** Leaves a row to `npm run test:load`, for its table of all: at once, or one that was stopped would leave nothing. */
export function keepRow(row: Row): void {
  const file = process.env["BGDEPLOY_LOAD_ROWS"];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`);
}
