import type { Fault } from "./fault.ts";
import type { Moment } from "./moment.ts";
import { momentName } from "./moment.ts";

/** The runs that faults are injected into. */
export const verbs = ["run", "rollback", "restart"] as const;
export type Verb = (typeof verbs)[number];

/** One fault at one moment of one kind of run. `place`: where it stands among all of its run. */
export type Trial = {
  readonly verb: Verb;
  readonly fault: Fault;
  readonly moment: Moment;
  readonly lasting: boolean;
  readonly place: number;
};

/** What became of it. No complaints: it survived. */
export type Result = {
  readonly trial: Trial;
  readonly complaints: readonly string[];
  /** The exit code of the client that the fault struck; null when it was killed. */
  readonly exitCode: number | null;
  /** Seconds until the next run was not refused by the lock any more. */
  readonly locked: number;
  readonly requests: number;
};

export function trialName({ verb, fault, moment, lasting }: Trial): string {
  const what = { kill: "client killed", cut: lasting ? "network cut for long" : "network cut", power: "power cut" }[
    fault
  ];
  return `${verb}: ${what} ${momentName(moment)}`;
}
