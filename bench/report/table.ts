import { jobs } from "../grid.ts";
import type { Entry, Summary } from "./summary.ts";
import { placeOf, ratioText, secondsText, titles, toolsIn } from "./words.ts";

type Line = readonly string[];

/** The report for a terminal. */
export function resultText(summary: Summary): string {
  return [roundTrips, ratios, clientCosts, startUps]
    .map((part) => part(summary))
    .filter((lines) => lines.length > 1)
    .map(aligned)
    .join("\n\n");
}

/** Also for the docs: the first line is the head. */
export function roundTrips({ slopes }: Summary): readonly Line[] {
  return [
    ["", "round trips", "without a network"],
    ...slopes.map(({ tool, roundTrips, start }) => [titles[tool], roundTrips.toFixed(1), secondsText(start)]),
  ];
}

export function ratios(summary: Summary): readonly Line[] {
  const tools = toolsIn(summary).filter((tool) => tool !== "floor");
  return [
    ["", "", "floor", ...tools.map((tool) => titles[tool])],
    ...summary.rows.map((row) => [
      jobs[row.job],
      placeOf(row),
      secondsOf(row.entries.find(({ tool }) => tool === "floor")),
      ...tools.map((tool) => {
        const entry = row.entries.find((each) => each.tool === tool);
        return entry === undefined || Number.isNaN(entry.ratio) ? secondsOf(entry) : ratioText(entry);
      }),
    ]),
  ];
}

function secondsOf(entry: Entry | undefined): string {
  return entry === undefined ? "–" : secondsText(entry.seconds);
}

export function clientCosts({ rows, memories }: Summary): readonly Line[] {
  const own = rows.filter(({ job, rtt, settle }) => job === "changed" && rtt === 0 && settle === 0);
  return [
    ["", "", "processor time of the client", "memory of the client"],
    ...own.flatMap((row) =>
      row.entries.map(({ tool, cpu }) => {
        const memory = memories.find((each) => each.tool === tool && each.hosts === row.hosts);
        const text = memory === undefined ? "–" : `${Math.round(memory.bytes / 2 ** 20)} MB`;
        return [titles[tool], placeOf(row), `${cpu.toFixed(2)} s`, text];
      }),
    ),
  ];
}

export function startUps({ startups }: Summary): readonly Line[] {
  if (startups === undefined) return [];
  const { node, version, help, firstSsh } = startups;
  const times = (value: number): string => `${(value / node).toFixed(2)} ×`;
  return [
    ["", "time", "to `node -e 0`"],
    ["`node -e 0`", `${node.toFixed(0)} ms`, ""],
    ["`bgdeploy --version`", `${version.toFixed(0)} ms`, times(version)],
    ["`bgdeploy --help`", `${help.toFixed(0)} ms`, times(help)],
    ["`bgdeploy run` until the first ssh", `${firstSsh.bgdeploy.toFixed(0)} ms`, times(firstSsh.bgdeploy)],
    ["floor until the first ssh", `${firstSsh.floor.toFixed(0)} ms`, times(firstSsh.floor)],
  ];
}

function aligned(lines: readonly Line[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
