import type { Job } from "./grid.ts";
import type { ToolName } from "./site.ts";

/** One run of one tool that was verified on each host, as a line of the results. */
export type Sample = {
  readonly tool: ToolName;
  readonly job: Job;
  readonly hosts: number;
  /** Milliseconds: as wished, and as measured. */
  readonly rtt: number;
  readonly measuredRtt: number;
  /** Seconds, or `default`: the tool's own. */
  readonly settle: number | "default";
  readonly round: number;
  readonly seconds: number;
  /** Seconds of the client's processors, user and system, of all processes. */
  readonly cpu: number;
};
