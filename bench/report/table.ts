import { jobs } from "../grid.ts";
import type { Entry, Summary } from "./summary.ts";
import { marked, placeOf, ratioText, roundsText, secondsText, titles, toolsIn } from "./words.ts";

type Line = readonly string[];

/** The report for a terminal. */
export function resultText(summary: Summary): string {
  const tables = [roundTrips, ratios, clientCosts, startUps]
    .map((part) => part(summary))
    .filter((lines) => lines.length > 1)
    .map(aligned);
  const rounds = roundsText(summary);
  return [...tables, ...(rounds === undefined ? [] : [`${rounds}.`])].join("\n\n");
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
        return entry === undefined || Number.isNaN(entry.ratio) ? secondsOf(entry) : marked(ratioText(entry), entry);
      }),
    ]),
  ];
}

function secondsOf(entry: Entry | undefined): string {
  return entry === undefined ? "–" : marked(secondsText(entry.seconds), entry);
}

export function clientCosts({ rows, memories }: Summary): readonly Line[] {
  const own = rows.filter(({ job, rtt, settle }) => job === "changed" && rtt === 0 && settle === 0);
  return [
    ["", "", "processor time", "memory of all processes", "of its own process"],
    ...own.flatMap((row) =>
      row.entries.map((entry) => {
        const memory = memories.find((each) => each.tool === entry.tool && each.hosts === row.hosts);
        const time = marked(`${entry.cpu.toFixed(2)} s`, entry);
        return [titles[entry.tool], placeOf(row), time, megabytes(memory?.all), megabytes(memory?.own)];
      }),
    ),
  ];
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? "–" : `${Math.round(bytes / 2 ** 20)} MB`;
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
