import { setTimeout as wait } from "node:timers/promises";
import { RemoteError } from "../../../lib/errors.ts";
import type { Command } from "../../../lib/model/command.ts";
import type { Target } from "../../../lib/model/target.ts";
import { describe } from "../../../lib/plan/describe.ts";
import type { Plan } from "../../../lib/plan/plan.ts";
import type { Door, Performed } from "../../../lib/remote/door.ts";
import type { Happening } from "../../../lib/run/event.ts";
import type { RunEffects } from "../../../lib/run/effects.ts";
import { execute } from "../../../lib/run/execute.ts";
import { drawWithListr } from "../../../lib/run/list.ts";
import type { Wave } from "../../../lib/run/progress.ts";

export type Fault = {
  /** The command that fails. */
  readonly on: RegExp;
  /** What it fails with; else a `RemoteError`. */
  readonly error?: Error;
  /** Only from the so-many-th time on, counted from 1. */
  readonly from?: number;
};

/** A door that runs nothing, and keeps what it was asked to run. */
export class FakeDoor implements Door {
  readonly host: string;
  readonly ran: string[] = [];
  readonly #faults: readonly Fault[];
  readonly #milliseconds: number;

  constructor(host: string, faults: readonly Fault[] = [], milliseconds = 0) {
    this.host = host;
    this.#faults = faults;
    this.#milliseconds = milliseconds;
  }

  async perform(commands: readonly Command[], target: Target, ear: Parameters<Door["perform"]>[2]): Promise<Performed> {
    for (const command of commands) {
      const text = textOf(command, target);
      this.ran.push(text);
      ear.began(command);
      await wait(this.#milliseconds);
      const times = this.ran.filter((each) => each === text).length;
      const fault = this.#faults.find(({ on, from = 1 }) => on.test(text) && times >= from);
      if (fault)
        throw fault.error ?? new RemoteError({ host: this.host, title: text, line: text, status: 1, output: "no\n" });
    }
    return { bytes: commands.some(({ kind }) => kind === "upload") ? 1000 : 0 };
  }
}

export type RunOptions = {
  readonly signal?: AbortSignal;
  readonly heard?: (happening: Happening) => void;
  readonly nudged?: (host: string) => void;
  /** Opens a lost door again; without it none comes back. */
  readonly reopen?: RunEffects["doors"]["reopen"];
};

export function fakeEffects(doors: readonly FakeDoor[], options: RunOptions = {}): RunEffects {
  let clock = 0;
  const of = (host: string): Door => {
    const door = doors.find((each) => each.host === host);
    if (door === undefined) throw new Error(`no door of ${host}`);
    return door;
  };
  return {
    doors: {
      of,
      nudge: async (host) => options.nudged?.(host),
      reopen: options.reopen ?? ((host) => Promise.reject(new Error(`${host} does not come back`))),
    },
    emit: (happening) => options.heard?.(happening),
    now: () => (clock += 1000),
    draw: drawWithListr(undefined).draw,
    interrupted: options.signal ?? new AbortController().signal,
    describe,
  };
}

export function run(plan: Plan, doors: readonly FakeDoor[], options: RunOptions = {}): Promise<Wave> {
  return execute(plan, fakeEffects(doors, options));
}

/** Shell text is told by its title. */
export function textOf(command: Command, target: Target): string {
  switch (command.kind) {
    case "shell":
    case "link":
    case "hook":
      return command.title;
    case "upload":
    case "download":
      return command.kind;
    case "write":
      return `write ${command.path}`;
    case "sudo":
    case "script":
      return describe(command, target);
  }
}
