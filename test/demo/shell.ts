import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { join } from "node:path";
import { styleText } from "node:util";

const root = join(import.meta.dirname, "../..");

/** A command that ended badly; what it printed stands above. */
export class CommandError extends Error {}

/** Someone asked the demo to stop. */
export class StoppedError extends Error {
  readonly code: number;
  constructor(signal: NodeJS.Signals) {
    super(signal);
    this.code = 128 + constants.signals[signal];
  }
}

/** Runs the demo's commands and shows each as a user would type it. One runs at a time, and is told when to stop. */
export interface Shell {
  /** A headline of the story. */
  say(text: string): void;
  /** Sets a variable for the commands that follow. */
  export(name: string, value: string): void;
  /** Runs this repository's bgdeploy, and shows what it prints. Throws a CommandError if it fails. */
  bgdeploy(...args: readonly string[]): Promise<void>;
  /** The same; shows the last line of what it prints, or all of it when it fails. */
  brief(...args: readonly string[]): Promise<void>;
  /** Throws a StoppedError once someone asked to stop. */
  checkpoint(): void;
  close(): void;
}

export function openShell(): Shell {
  const environment: Record<string, string> = {};
  let stopped: NodeJS.Signals | undefined;
  let child: ChildProcess | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    stopped ??= signal;
    // A Ctrl-C reaches the child from the terminal itself; a second one would tell it to stop without undo.
    if (signal !== "SIGINT") child?.kill(signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);

  const checkpoint = (): void => {
    if (stopped !== undefined) throw new StoppedError(stopped);
  };
  const run = async (args: readonly string[], isBrief: boolean): Promise<void> => {
    checkpoint();
    prompt(`bgdeploy ${args.join(" ")}`);
    const started = spawn(process.execPath, [join(root, "bin/bgdeploy.ts"), ...args], {
      cwd: root,
      stdio: ["ignore", isBrief ? "pipe" : "inherit", isBrief ? "pipe" : "inherit"],
      env: { ...process.env, ...environment },
    });
    child = started;
    let output = "";
    started.stdout?.on("data", (chunk) => (output += String(chunk)));
    started.stderr?.on("data", (chunk) => (output += String(chunk)));
    const code = await new Promise<number>((resolve, reject) => {
      started.on("error", reject);
      started.on("close", (status) => resolve(status ?? 1));
    });
    child = undefined;
    if (isBrief) process.stdout.write(code === 0 ? `${output.trimEnd().split("\n").at(-1)}\n` : output);
    checkpoint();
    if (code !== 0) throw new CommandError(`bgdeploy ${args[0]} ended with ${code}.`);
  };
  return {
    say: (text) => process.stdout.write(`\n${styleText("bold", text)}\n`),
    export(name, value) {
      environment[name] = value;
      prompt(`export ${name}=${value}`);
    },
    bgdeploy: (...args) => run(args, false),
    brief: (...args) => run(args, true),
    checkpoint,
    close() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}

function prompt(line: string): void {
  process.stdout.write(`${styleText("cyan", `$ ${line}`)}\n`);
}
