import { spawn } from "node:child_process";
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { $, type LogEntry, type Shell } from "zx/core";
import { quote } from "../model/shell.ts";
import type { KeptOutput } from "./kept-output.ts";
import { keptOutput } from "./kept-output.ts";
import type { Room } from "./pace.ts";
import { keepPace } from "./pace.ts";
import { reader } from "./reader.ts";

/** A line longer than these characters is passed on in parts. */
const longest = 64 * 1024;

/** zx's `$` on this machine, in `directory`. What its commands print waits for `room`. */
export function localShell(directory: string, output: (text: string) => void, room: Room): Shell {
  const start = keepingLittle(spawn, room);
  return $({ cwd: directory, verbose: true, quiet: false, spawn: start, log: tellOutput(output) });
}

/**
 * zx's `$` on a host: each call is a channel of the open connection. `textOf` gives the shell text that runs a command.
 *
 * The command travels on the input, before what is piped into it: in an argument others could read it, and the login
 * shell, which may be fish or csh, would quote it differently. What is left of the input is the command's. zx is not told of
 * that text, which holds secrets.
 */
export function hostShell(
  host: string,
  channel: readonly string[],
  textOf: (command: string) => string,
  output: (text: string) => void,
  room: Room,
): Shell {
  const overSsh = (command: string, words: readonly string[], options: SpawnOptions): ChildProcess => {
    const [, ...others] = [options.stdio ?? "pipe"].flat();
    const stdio = ["pipe" as const, others[0] ?? "pipe", others[1] ?? "pipe"];
    const child = spawn("ssh", [...channel, ...words, "--", host, reader], {
      ...options,
      stdio,
      shell: false,
      detached: true,
    });
    child.stdin?.on("error", () => {});
    child.stdin?.write(`${textOf(command)}\0`);
    return child;
  };
  return $({
    shell: "/bin/sh",
    prefix: "",
    postfix: "",
    quote,
    verbose: true,
    log: tellOutput(output),
    spawn: keepingLittle(overSsh, room),
  });
}

type Spawn = (command: string, words: readonly string[], options: SpawnOptions) => ChildProcess;

/**
 * zx spawns as a method of what it knows of the command, where `store` is what will be its output. Its own option `store`
 * would be shared by all commands of a `$({ … })`, and a function around `$` would stand in errors in place of the hook.
 */
function keepingLittle(start: Spawn, room: Room): typeof spawn {
  function kept(this: { store?: KeptOutput }, ...call: Parameters<Spawn>): ChildProcess {
    this.store = keptOutput();
    return keepPace(start(...call), room);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- zx calls it in this one form
  return kept as typeof spawn;
}

/**
 * What a hook's commands print is shown under its task; zx decides by `.quiet()` what is not, and ends each stream with a newline.
 * Commands may run side by side, so each stream goes out by whole lines: mixed ones could hide a secret from the mask.
 */
function tellOutput(output: (text: string) => void): (entry: LogEntry) => void {
  const open = new Map<string, { readonly decoder: InstanceType<typeof TextDecoder>; rest: string }>();
  return (entry) => {
    if (entry.kind !== "stdout" && entry.kind !== "stderr") return;
    const key = `${entry.id} ${entry.kind}`;
    const stream = open.get(key) ?? { decoder: new TextDecoder(), rest: "" };
    const more = stream.decoder.decode(Buffer.from(entry.data), { stream: true });
    const text = stream.rest + more;
    // Many small pieces are joined at the end of their line.
    if (text.length <= longest && !more.includes("\n")) return void open.set(key, { ...stream, rest: text });
    const end = text.length > longest ? text.length : text.lastIndexOf("\n") + 1;
    if (end === text.length) open.delete(key);
    else open.set(key, { ...stream, rest: text.slice(end) });
    if (entry.verbose && end > 0) output(text.slice(0, end));
  };
}
