import { setTimeout as wait } from "node:timers/promises";
import { RemoteError } from "../../../lib/errors.ts";
import type { Command } from "../../../lib/model/command.ts";
import { isHostCommand } from "../../../lib/model/command.ts";
import type { Target } from "../../../lib/model/target.ts";
import type { Door, Ear, Pace, Performed } from "../../../lib/remote/door.ts";
import { textOf } from "./fake-doors.ts";

/** A door that works as a session does: what is sent waits for its turn, and is skipped behind what failed. */
export class QueueDoor implements Door {
  readonly host: string;
  /** `>a` when `a` was sent, `a` when it ran. */
  readonly log: string[] = [];
  readonly #faults: Readonly<Record<string, Error | "fails">>;
  #last: Promise<boolean> = Promise.resolve(true);
  #lost: Error | undefined;

  constructor(host: string, faults: Readonly<Record<string, Error | "fails">> = {}) {
    this.host = host;
    this.#faults = faults;
  }

  async perform(commands: readonly Command[], target: Target, ear: Ear, pace?: Pace): Promise<Performed> {
    const texts = commands.map((command) => textOf(command, target));
    this.log.push(`>${texts.join(" ")}`);
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#last = promise;
    if (commands.every((command) => isHostCommand(command))) pace?.sent();
    const worked = await before;
    await wait(2);
    if (this.#lost) {
      resolve(false);
      throw this.#lost;
    }
    if (pace?.ahead === true && !worked) {
      resolve(false);
      return "skipped";
    }
    for (const [index, command] of commands.entries()) {
      const text = texts[index] ?? "";
      const fault = this.#faults[text];
      // A lost connection tells nothing more, not even that the command began.
      if (fault instanceof Error) {
        resolve(false);
        this.#lost = fault;
        throw fault;
      }
      this.log.push(text);
      ear.began(command);
      if (fault === undefined) continue;
      resolve(false);
      throw new RemoteError({ host: this.host, title: text, line: text, status: 1, output: "no\n" });
    }
    resolve(true);
    return { bytes: 0 };
  }
}
