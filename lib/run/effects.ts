import type { Command } from "../model/command.ts";
import type { Target } from "../model/target.ts";
import type { Door } from "../remote/door.ts";
import type { Emit } from "./event.ts";
import type { Draw } from "./list.ts";

/** The doors of all hosts. A lost one can be opened again, which locks and reads the host anew. */
export type Doors = {
  readonly of: (host: string) => Door;
  /**
   * Tells what the host has done of what was sent to it. Rejects when it does not come back, or when another run has
   * worked on it since. `waits` hears every few seconds for what it waits.
   */
  readonly reopen: (host: string, waits: (sentence: string) => void) => Promise<Reopened>;
  /** Ends the waits on a host, and has it begin nothing more of what was sent ahead; after a short while in which they may end. */
  readonly nudge: (host: string) => Promise<void>;
};

/** `committed`: it is past the point of no return. */
export type Reopened = { readonly committed: boolean };

/** What a run needs of the world. */
export type RunEffects = {
  readonly doors: Doors;
  readonly emit: Emit;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Draws the lists and runs what stands in them. */
  readonly draw: Draw;
  /** Set when the user or the system asked to stop. */
  readonly interrupted: AbortSignal;
  /** `false`: each step waits for the end of the one before it, so that an interrupt stops between any two. */
  readonly ahead?: boolean;
  readonly describe: (command: Command, target: Target) => string;
};
