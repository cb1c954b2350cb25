import type { Missing } from "./install.ts";
import type { Sample } from "./sample.ts";
import type { ToolName } from "./site.ts";
import type { StartUps } from "./startup.ts";

/** Where and with what a bench ran. */
export type Machine = {
  /** ISO date. */
  readonly date: string;
  readonly system: string;
  readonly processors: string;
  readonly memory: string;
  readonly versions: readonly string[];
  /** How the tools were set up. */
  readonly about: readonly { readonly name: ToolName; readonly text: string }[];
  readonly missing: readonly Missing[];
  /** The load average (1 minute) when it began: how quiet the machine was. */
  readonly load: number;
};

/** A line of the results. */
export type Record =
  | { readonly kind: "machine"; readonly machine: Machine }
  | { readonly kind: "startups"; readonly startups: StartUps }
  | { readonly kind: "sample"; readonly sample: Sample }
  | {
      readonly kind: "memory";
      readonly tool: ToolName;
      readonly hosts: number;
      /** Bytes, of all processes at once. */
      readonly memory: number;
      /** Bytes, of the process that was started; not in older files. */
      readonly own?: number;
    };
