import type { Facts } from "../model/facts.ts";
import type { LiveState } from "../model/live.ts";
import type { Plan } from "../plan/plan.ts";
import type { Warning } from "../plan/warning.ts";

/** What happened, for reporters to show. `at` is epoch milliseconds. */
export type Event = { readonly at: number } & Happening;

/** A step of one host. */
type About = { readonly host: string; readonly task: string };

export type Happening =
  | { readonly type: "connecting"; readonly hosts: readonly string[] }
  | { readonly type: "connected"; readonly host: string }
  /** Another run holds a host; we wait for it. */
  | { readonly type: "waiting"; readonly problems: readonly string[] }
  /** What was read from a host. `problems` are what is wrong there, as sentences. */
  | {
      readonly type: "read";
      readonly host: string;
      readonly state: LiveState;
      readonly facts: Facts;
      readonly problems: readonly string[];
    }
  /** What will run, before it does. */
  | { readonly type: "planned"; readonly plan: Plan }
  | { readonly type: "warning"; readonly warning: Warning }
  /** Hosts begin a phase together; `of` phases in all. Undoing what was done is a phase, too. */
  | {
      readonly type: "phase-started";
      readonly title: string;
      readonly number: number;
      readonly of: number;
      readonly hosts: readonly string[];
      readonly tasks: readonly string[];
      readonly undo: boolean;
    }
  /** `final`: from this step on the new version stays. */
  | ({ readonly type: "step-started"; readonly undo: boolean; readonly final: boolean } & About)
  /** A command about to run, as `plan` prints it. */
  | ({ readonly type: "command"; readonly text: string } & About)
  | ({ readonly type: "output"; readonly text: string } & About)
  /** How far a transfer is: percent of the whole where that is known, bytes and files sent. */
  | ({
      readonly type: "progress";
      readonly percent: number | undefined;
      readonly bytes: number;
      readonly files: number;
    } & About)
  | ({ readonly type: "step-ended"; readonly undo: boolean; readonly seconds: number } & About)
  | ({ readonly type: "step-failed"; readonly undo: boolean; readonly error: Error } & About)
  /** A signal asked to stop. `text` says what happens now. */
  | { readonly type: "interrupted"; readonly signal: string; readonly text: string };

export type Emit = (happening: Happening) => void;
