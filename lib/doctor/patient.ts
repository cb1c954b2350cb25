import type { SudoNeed } from "../model/sudo.ts";
import type { Finding } from "./finding.ts";
import type { Exam } from "../model/exam.ts";
import type { Target } from "../model/target.ts";
import type { Ports } from "../plan/clashes.ts";
import type { Load } from "../plan/preflight.ts";

/** One host with all that is known of it, and what the config would have there. */
export type Patient = {
  readonly target: Target;
  readonly exam: Exam;
  /** As it is typed. */
  readonly stage: string;
  readonly load: Load;
  /** Seconds that the host's clock is ahead of ours. */
  readonly ahead: number;
  /** The unit that this config makes. */
  readonly unit: string;
  readonly sudo: readonly SudoNeed[];
  /** The file that `bgdeploy sudoers` prints, for the ssh user. */
  readonly sudoers: string;
  /** The helper that `setup` installs where the config is strict. */
  readonly helper: string;
  /** Who holds a lock, and why: `bgdeploy lock`, or a run. */
  readonly locked: { readonly byHand: string | undefined; readonly byRun: string | undefined };
  /** Ports that no host of the stage uses, to propose them. */
  readonly free: Ports | undefined;
  /** What the config's tasks refuse of this host, as sentences. */
  readonly refusals: readonly string[];
};

export type Check = (patient: Patient) => readonly Finding[];
