import type { ExitCode } from "../errors.ts";
import type { Flag } from "./flags.ts";
import type { Intent } from "./intent.ts";
import type { World } from "./world.ts";

/** The headings of the help, in order. */
export const groups = ["Deploy", "Inspect", "Operate", "Prepare"] as const;

export type Group = (typeof groups)[number];

/** One verb of the command line. Its code is loaded only when it is called. */
export type Verb = {
  readonly name: string;
  /** Under which heading the help lists it. */
  readonly group: Group;
  readonly help: string;
  /** Does it take a stage? */
  readonly stage: boolean;
  /** The words that it takes instead, as the help shows them; it checks them itself. */
  readonly words?: string;
  /** What the help says below the flags. */
  readonly notes?: string;
  /** A further word, as the usage shows it: `[host]` may be left out, one of `bash|zsh|fish` may not. */
  readonly operand?: string;
  /** Does a command for the hosts stand after `--`? */
  readonly command?: boolean;
  /** Why there is no `--json`, and what to take instead. */
  readonly noJson?: string;
  readonly flags: readonly Flag[];
  readonly load: () => Promise<(intent: Intent, world: World) => Promise<ExitCode>>;
};
