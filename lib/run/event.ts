import type { Warning } from "../plan/warning.ts";

/** What happened, for reporters to show. `at` is epoch milliseconds. */
export type Event = { readonly at: number } & Happening;

export type Happening =
  | { readonly type: "connecting"; readonly hosts: readonly string[] }
  | { readonly type: "connected"; readonly host: string }
  | { readonly type: "warning"; readonly warning: Warning }
  | { readonly type: "step-started"; readonly host: string; readonly task: string; readonly undo: boolean }
  /** A command about to run, as `plan` prints it. */
  | { readonly type: "command"; readonly host: string; readonly task: string; readonly text: string }
  | { readonly type: "output"; readonly host: string; readonly task: string; readonly text: string }
  | { readonly type: "progress"; readonly host: string; readonly task: string; readonly text: string }
  | {
      readonly type: "step-ended";
      readonly host: string;
      readonly task: string;
      readonly undo: boolean;
      readonly seconds: number;
    }
  | {
      readonly type: "step-failed";
      readonly host: string;
      readonly task: string;
      readonly undo: boolean;
      readonly error: Error;
    };

export type Emit = (happening: Happening) => void;
