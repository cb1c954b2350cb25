import type { Paint } from "./paint.ts";
import { wrap } from "./wrap.ts";

/** A place for tables. `columns` is `undefined` where nobody looks at a terminal: tables then stay whole. */
export type TableStyle = { readonly columns: number | undefined; readonly paint: Paint };

/** A cell, and how it is painted. */
export type Cell = string | { readonly text: string; readonly format: Parameters<Paint>[0] };

/** Rows as lines with aligned columns, two spaces apart, none at the end. */
export function alignColumns(rows: readonly (readonly Cell[])[], paint: Paint = plain): readonly string[] {
  const widths = (rows[0] ?? []).map((_, index) =>
    rows.reduce((most, row) => Math.max(most, textOf(row[index] ?? "").length), 0),
  );
  return rows.map((row) => {
    const cells = row.map((cell, index) => ({ cell, padded: textOf(cell).padEnd(widths[index] ?? 0) }));
    const shown = cells.filter(({ padded }) => padded !== "");
    const last = shown.findLastIndex(({ cell }) => textOf(cell) !== "");
    return shown
      .slice(0, last + 1)
      .map(({ cell, padded }, index) => paintCell(cell, index === last ? padded.trimEnd() : padded, paint))
      .join("  ");
  });
}

/** A table under its head; where it is wider than the terminal, each row is a block with a line for each of its columns. */
export function tableLines(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  { columns, paint }: TableStyle,
): readonly string[] {
  const whole = alignColumns([head, ...rows]);
  if (columns === undefined || whole.every((line) => line.length <= columns)) {
    const heading = head.map((text): Cell => ({ text, format: "bold" }));
    return alignColumns([heading, ...rows], paint);
  }
  const width = Math.max(0, ...head.slice(1).map((name) => name.length));
  // Beside a head of many names there may be no room for a cell: then it stands below.
  const isBeside = width + 4 <= columns / 2;
  return rows.flatMap(([first = "", ...others], index) => [
    ...(index === 0 ? [] : [""]),
    ...wrap(textOf(first), columns, 2).map((line) => paint("bold", line)),
    ...others.flatMap((cell, place) => {
      const name = head[place + 1] ?? "";
      if (textOf(cell) === "") return [];
      const indent = isBeside ? width + 4 : 4;
      const lines = wrap(`${" ".repeat(indent)}${textOf(cell)}`, columns).map((line) => paintCell(cell, line, paint));
      if (!isBeside) return [...wrap(`  ${name}`, columns, 4), ...lines];
      const [line = "", ...more] = wrap(textOf(cell), columns - indent);
      const below = more.map((each) => `${" ".repeat(indent)}${paintCell(cell, each, paint)}`);
      return [`  ${name.padEnd(width)}  ${paintCell(cell, line, paint)}`, ...below];
    }),
  ]);
}

function textOf(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}

function paintCell(cell: Cell, text: string, paint: Paint): string {
  return typeof cell === "string" ? text : paint(cell.format, text);
}

const plain: Paint = (_, text) => text;
