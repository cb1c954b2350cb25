import type { Entry, Row, Summary } from "./summary.ts";
import { type ToolName, toolNames } from "../site.ts";

export const titles: Readonly<Record<ToolName, string>> = {
  floor: "floor",
  bgdeploy: "bgdeploy",
  capistrano: "Capistrano",
  ansible: "Ansible",
  shipit: "Shipit",
};

export function placeOf({ hosts, rtt, settle }: Pick<Row, "hosts" | "rtt" | "settle">): string {
  const network = rtt === 0 ? "LAN" : `${rtt} ms`;
  return `${hosts} host${hosts === 1 ? "" : "s"}, ${network}${settle === undefined ? ", default settle" : ""}`;
}

/** `1.25 × (1.20–1.31)`. */
export function ratioText({ ratio, low, high }: Entry): string {
  const digits = digitsOf(ratio);
  return `${ratio.toFixed(digits)} × (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

/** How many decimal places of a ratio are worth a look. */
export function digitsOf(ratio: number): number {
  return ratio >= 10 ? 0 : ratio >= 2 ? 1 : 2;
}

/** Marks what rests on few rounds. */
export function marked(text: string, { rounds }: Entry): string {
  return rounds < enough ? `${text} †` : text;
}

/** `Medians of 5 rounds`, and what the mark means where there is one. */
export function roundsText({ rounds }: Summary): string | undefined {
  if (rounds === undefined) return undefined;
  return rounds < enough
    ? `Medians of ${enough} rounds; † marks what rests on fewer, at the least on ${rounds}`
    : `Medians of ${rounds} rounds or more`;
}

const enough = 5;

export function secondsText(seconds: number): string {
  return `${seconds.toFixed(seconds >= 10 ? 1 : 2)} s`;
}

/** The tools that have a figure anywhere. */
export function toolsIn({ rows }: Summary): readonly ToolName[] {
  return toolNames.filter((name) => rows.some(({ entries }) => entries.some(({ tool }) => tool === name)));
}
