import { spawn } from "node:child_process";
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { $, type LogEntry, type Shell } from "zx/core";
import { quote } from "../model/shell.ts";

/** zx's `$` on this machine, in `directory`. */
export function localShell(directory: string, output: (text: string) => void): Shell {
  return $({ cwd: directory, verbose: true, quiet: false, log: tellOutput(output) });
}

/**
 * zx's `$` on a host: each call is a channel of the open connection. `prefix` is shell text that runs before every command.
 *
 * The command travels in base64, since the login shell that unpacks it may be fish or csh, which quote differently.
 */
export function hostShell(
  host: string,
  channel: readonly string[],
  prefix: string,
  output: (text: string) => void,
): Shell {
  const overSsh = (command: string, words: readonly string[], options: SpawnOptions): ChildProcess => {
    const packed = Buffer.from(command).toString("base64");
    const remote = `exec bash --noprofile --norc -c 'eval "$(printf %s ${packed} | base64 -d)"'`;
    return spawn("ssh", [...channel, ...words, "--", host, remote], { ...options, shell: false, detached: true });
  };
  return $({
    shell: "/bin/sh",
    prefix,
    postfix: "",
    quote,
    verbose: true,
    log: tellOutput(output),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- zx calls it in this one form
    spawn: overSsh as typeof spawn,
  });
}

/** What a hook's commands print is shown under its task; zx decides by `.quiet()` what is not. */
function tellOutput(output: (text: string) => void): (entry: LogEntry) => void {
  return (entry) => {
    if (entry.kind === "stdout" || entry.kind === "stderr") {
      if (entry.verbose) output(entry.data.toString());
    }
  };
}
