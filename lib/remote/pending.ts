import type { HostCommand } from "../model/command.ts";
import type { Call } from "./script.ts";

/** What a session tells while a script runs. */
export type Listener = {
  started?(command: HostCommand): void;
  output?(command: HostCommand, text: string): void;
  /** A command that may fail did; the script goes on. */
  missed?(command: HostCommand, output: string): void;
};

/** A script that was sent, until its end is told. */
export type Pending = {
  readonly commands: readonly HostCommand[];
  /** One for each command. */
  readonly calls: readonly Call[];
  readonly listener: Listener;
  /** Output of the command that runs, or of an evaluation. */
  output: string;
  readonly whole: boolean;
  current: number;
  skipped: boolean;
  /** When it was sent, where nothing stood before it. */
  readonly sentAt: number | undefined;
  settle: (error: Error | undefined) => void;
};

/** What is known of one that was just sent. */
export const waiting = { output: "", current: 0, skipped: false, sentAt: undefined };

/** What its sender wants of it. */
export type Wanted = Omit<Pending, "settle" | keyof typeof waiting>;

/** Nothing but its output is wanted. */
export const evaluation: Wanted = { commands: [], calls: [], listener: {}, whole: true };
