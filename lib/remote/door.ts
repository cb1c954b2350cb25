import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { hiddenIn } from "../model/app.ts";
import type { Command, HostCommand, UploadCommand } from "../model/command.ts";
import { isHostCommand, titleOf } from "../model/command.ts";
import { maskSecrets } from "../model/secret.ts";
import type { Target } from "../model/target.ts";
import type { Connected } from "./connect.ts";
import { download } from "./download.ts";
import type { Variables } from "./hook-context.ts";
import { hookContext } from "./hook-context.ts";
import type { Listener } from "./pending.ts";
import { maskedLines } from "./masked-lines.ts";
import type { Sending } from "./rsync.ts";
import { ownershipOf } from "./rsync.ts";
import type { Ahead } from "./script.ts";
import { scriptCall, scriptFile } from "./script.ts";
import type { Ran } from "./session.ts";
import { haveArrived, upload, uploadEarly } from "./upload.ts";

/** What a run hears of one host while commands run there. */
export type Ear = {
  /** A command begins. */
  readonly began: (command: Command) => void;
  /** Whole lines, secrets masked. */
  readonly output: (text: string) => void;
  readonly progress: (sending: Sending) => void;
  readonly warning: (text: string) => void;
};

/** When commands are sent: at once, or before what was sent earlier has ended (the first must then be the host's own). */
export type Pace = {
  readonly ahead: boolean;
  /** Told when the last of the commands is on its way: what comes next may be sent. */
  readonly sent: () => void;
};

/** Bytes that were uploaded. `skipped`: sent ahead, and not begun, since what stood before failed or someone interrupted. */
export type Performed = { readonly bytes: number } | "skipped";

/** Runs the commands of a step on a host, whatever their kind. The only thing a run needs of a host. */
export type Door = {
  readonly host: string;
  /** Runs commands in order, and stops at the first that fails. */
  perform(commands: readonly Command[], target: Target, ear: Ear, pace?: Pace): Promise<Performed>;
};

/** What a door must know of the run: `variablesOf` gives the environment of the service, for hooks. */
export type DoorSettings = {
  /** The config's: there stand the scripts, and run the local commands of hooks. */
  readonly directory: string;
  /** The run whose lock it is. */
  readonly run: string;
  /** Ends uploads. */
  readonly cut?: AbortSignal | undefined;
  readonly variablesOf: (target: Target) => Variables;
};

/** Opens the door of a connected host. */
export function openDoor(connected: Connected, { directory, run, cut, variablesOf }: DoorSettings): Door {
  const { session, standby } = connected;
  const { host } = session;

  async function performOne(command: Exclude<Command, HostCommand>, target: Target, ear: Ear): Promise<number> {
    ear.began(command);
    switch (command.kind) {
      case "upload":
        return (await upload(connected, command, { target, run, cut }, ear.progress)).bytes;
      case "download":
        await download(session, command, { owner: ownershipOf(target), interrupt: target.layout.interrupt }, ear);
        return 0;
      case "hook": {
        const over = new AbortController();
        try {
          await command.run(
            await hookContext(connected, target, {
              directory,
              hold: { layout: target.layout, run, what: `the hook "${command.title}"` },
              variables: variablesOf(target),
              output: ear.output,
              over: over.signal,
            }),
          );
        } finally {
          over.abort();
        }
        return 0;
      }
      case "script": {
        const content = await readFile(resolve(directory, command.file), "utf8");
        const commands = [scriptFile(command, content), scriptCall(command, { layout: target.layout, run })];
        await session.run(commands, isRoot(target), { output: (_, text) => ear.output(text) });
        return 0;
      }
    }
  }

  /** They are on their way when it returns. */
  function runBatch(batch: readonly HostCommand[], target: Target, ear: Ear, ahead?: Ahead): Promise<Ran> {
    let warning = "";
    const warn = (): void => {
      if (warning.trim() !== "") ear.warning(warning.trim());
      warning = "";
    };
    const heard: Listener = {
      started: (command) => {
        warn();
        ear.began(command);
      },
      output: (command, text) => {
        // It arrives in pieces that end anywhere.
        if (!isWarning(command)) return ear.output(text);
        warning += text.slice(0, mostWarned - warning.length);
        warning = warning.replaceAll(/^\.{3} (.*\n)/gm, (_, line: string) => {
          ear.output(line);
          return "";
        });
      },
      missed: (command, output) => ear.warning(`${titleOf(command)} failed, but the run continues: ${output.trim()}`),
    };
    return session.run(batch, isRoot(target), heard, ahead).then((ran) => {
      warn();
      return ran;
    });
  }

  async function performAll(
    commands: readonly Command[],
    target: Target,
    ear: Ear,
    pace: Pace | undefined,
  ): Promise<Performed> {
    const all = batches(commands);
    const send = (index: number, batch: readonly HostCommand[], heard: Ear, ahead?: Ahead): Promise<Ran> => {
      const running = runBatch(batch, target, heard, ahead);
      if (index === all.length - 1) pace?.sent();
      return running;
    };
    let bytes = 0;
    for (let index = 0; index < all.length; index += 1) {
      const [batch, next, last] = all.slice(index);
      if (!Array.isArray(batch)) {
        if (batch) bytes += await performOne(batch, target, ear);
        continue;
      }
      const ahead = pace?.ahead === true && index === 0 ? { stop: target.layout.interrupt } : undefined;
      const running = send(index, batch, ear, ahead);
      const early =
        ahead === undefined && isUpload(next) ? uploadEarly(connected, next, { target, run, cut }, ear) : undefined;
      let behind: Promise<Ran> | undefined;
      if (early?.arrival && Array.isArray(last)) {
        // It may begin before we know that what stands before it has ended.
        const began: Ear["began"] = (command) => {
          early.due();
          ear.began(command);
        };
        behind = send(index + 2, last, { ...ear, began }, { arrival: early.arrival });
        behind.catch(() => {});
      }
      try {
        if ((await running) === "skipped") return "skipped";
      } catch (error) {
        if (early) standby?.close();
        throw error;
      }
      if (!early) continue;
      early.due();
      const sent = behind ? await haveArrived(early.sent, behind) : { ...(await early.sent), wentOn: false };
      bytes += sent.bytes;
      index += sent.wentOn ? 2 : 1;
    }
    return { bytes };
  }

  return {
    host,
    async perform(commands, target, listener, pace) {
      const secrets = hiddenIn(target.app);
      const lines = maskedLines(secrets, listener.output);
      const ear: Ear = {
        ...listener,
        began(command) {
          lines.flush();
          listener.began(command);
        },
        output: (text) => lines.add(text),
        warning: (text) => listener.warning(maskSecrets(text, secrets)),
      };
      try {
        return await performAll(commands, target, ear, pace);
      } finally {
        lines.flush();
      }
    },
  };
}

/** Characters of a warning of a host. */
const mostWarned = 16_000;

type Batch = HostCommand[] | Exclude<Command, HostCommand>;

/** Commands that the host runs by itself travel together, as one script. */
function batches(commands: readonly Command[]): readonly Batch[] {
  const result: Batch[] = [];
  for (const command of commands) {
    const last = result.at(-1);
    if (!isHostCommand(command)) result.push(command);
    else if (Array.isArray(last)) last.push(command);
    else result.push([command]);
  }
  return result;
}

function isRoot({ facts }: Target): boolean {
  return facts.sudo.kind === "root";
}

function isUpload(batch: Batch | undefined): batch is UploadCommand {
  return batch !== undefined && !Array.isArray(batch) && batch.kind === "upload";
}

function isWarning(command: HostCommand): boolean {
  return command.kind === "shell" && command.warns;
}
