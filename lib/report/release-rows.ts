import { printable } from "../model/printable.ts";
import { describeStatus } from "../model/release.ts";
import { listHosts } from "../plan/host-list.ts";
import type { Cell, TableStyle } from "../plan/table.ts";
import { tableLines } from "../plan/table.ts";
import type { AnswerBody } from "./answers.ts";

type Known = AnswerBody<"releases">["releases"];

/** A line for each release, newest first, with what became of it; hosts of the same releases share a column. */
export function releaseRows(known: Known, hosts: readonly string[], style: TableStyle): readonly string[] {
  const ids = [...new Set(known.map(({ release }) => release))].toSorted().toReversed();
  if (ids.length === 0) return ["No releases yet."];
  const found = new Map(known.map((each) => [key(each.host, each.release), each]));
  const columns = hosts.map((host) => ({ host, cells: ids.map((id) => whatBecame(found.get(key(host, id)))) }));
  const groups = [...Map.groupBy(columns, ({ cells }) => JSON.stringify(cells)).values()];
  const names = groups.map((group) =>
    listHosts(
      group.map(({ host }) => host),
      hosts,
    ),
  );
  const rows = ids.map((id, index) => [printable(id), ...groups.map(([first]) => first?.cells[index] ?? "-")]);
  return tableLines(["release", ...names], rows, style);
}

function key(host: string, release: string): string {
  return JSON.stringify([host, release]);
}

function whatBecame(release: Known[number] | undefined): Cell {
  if (release === undefined) return "-";
  const text = [describeStatus(release.status ?? undefined), ...release.variants].join(", ");
  switch (release.status) {
    case "live":
      return { text, format: "green" };
    case "failed":
      return { text, format: "red" };
    case "rolled-back":
      return { text, format: "yellow" };
    case "staged":
    case "previous":
    case null:
      return text;
  }
}
