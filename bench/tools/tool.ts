import type { Invocation } from "../client.ts";
import type { Network } from "../network/network.ts";
import type { ToolName } from "../site.ts";

/** What to bring to which hosts, by which way. */
export type Work = {
  readonly dist: string;
  /** What the app has to answer after a deploy; a rollback makes nothing of it. */
  readonly version: string;
  readonly hosts: readonly string[];
  readonly network: Network;
  /** How long the new variant must have run before the switch, in seconds; `undefined`: the tool's own default. */
  readonly settle: number | undefined;
};

export type Action = "deploy" | "rollback";

/** The same for all tools: health is asked every 30 ms for at most 30 s, a drain takes at most 30 s, three releases stay. */
export const interval = 0.03;
export const patience = 30;
export const kept = 3;

/** A tool as the bench drives it. */
export type Tool = {
  readonly name: ToolName;
  /** How it was set up, in a sentence for the report. */
  readonly about: string;
  /** Makes its project in a directory of its own, once. */
  prepare(directory: string): Promise<void>;
  /** Writes what this work needs and says what a user would type. Not timed. */
  command(directory: string, action: Action, work: Work): Promise<Invocation>;
};

/** `values` as lines of a file that systemd reads. */
export function valuesText(work: Work): string {
  return Object.entries(values(work))
    .map(([key, value]) => `${key}="${value}"`)
    .join("\n");
}

/** The variables of the service, beside HOST and PORT. */
export function values({ version }: Work): Readonly<Record<string, string>> {
  return { BENCH_VERSION: version, BENCH_GREETING: "hello", BENCH_DATA: "/var/lib/bench" };
}
