import { RemoteError } from "../errors.ts";
import type { HostCommand } from "../model/command.ts";
import { titleOf } from "../model/command.ts";
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
  /** Seconds in which its answer must be there; `undefined` for commands, whose time is their own. */
  readonly limit: number | undefined;
  /** The command that runs, or that ran last; each begins once, and ends once. */
  current: number;
  running: boolean;
  skipped: boolean;
  /** When it was sent, where nothing stood before it. */
  readonly sentAt: number | undefined;
  settle: (error: Error | undefined) => void;
};

/** What is known of one that was just sent. */
export const waiting = { output: "", current: -1, running: false, skipped: false, sentAt: undefined };

/** What its sender wants of it. */
export type Wanted = Omit<Pending, "settle" | keyof typeof waiting>;

/** Nothing but its output is wanted, within so many seconds. */
export function evaluation(limit: number): Wanted {
  return { commands: [], calls: [], listener: {}, limit };
}

/** Characters of a failed command's output that are kept, its end; the rest is streamed past. */
export const kept = 64 * 1024;

/** Characters of an answer: a host that says more is not read on. */
export const mostAnswered = 4_000_000;

/** Takes in what a host printed. `false`: it is too much for an answer, which half of it would not be. */
export function hearOutput(pending: Pending, text: string): boolean {
  if (pending.limit !== undefined) {
    pending.output += text;
    return pending.output.length <= mostAnswered;
  }
  pending.output = (pending.output + text).slice(-kept);
  const command = pending.commands[pending.current];
  if (command) pending.listener.output?.(command, text);
  return true;
}

/** Takes in that a command has begun or ended. What comes out of turn says nothing: a host must not have us tell it for ever. */
export function hearMark(host: string, pending: Pending, [kind, index, status]: readonly string[]): void {
  const place = Number(index);
  const command = pending.commands[place];
  if (command === undefined) {
    if (kind === "skipped") pending.skipped = true;
  } else if (kind === "start" && place > pending.current) {
    Object.assign(pending, { current: place, running: true, output: "" });
    pending.listener.started?.(command);
  } else if (kind === "done" && place === pending.current && pending.running) {
    pending.running = false;
    if (status === "0") return;
    if (pending.calls[place]?.mayFail) pending.listener.missed?.(command, pending.output);
    else fail(host, pending, command, Number(status));
  }
}

function fail(host: string, pending: Pending, command: HostCommand, status: number): void {
  const { calls, current, output, settle } = pending;
  const line = calls[current]?.line.shown ?? "";
  const error = new RemoteError({ host, title: titleOf(command), line, status, output });
  pending.settle = () => settle(error);
}
