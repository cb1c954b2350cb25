import { closeSync, mkdirSync, openSync, readSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { ownUser } from "../config/own-user.ts";
import { UserError, exitCodes } from "../errors.ts";
import { printable } from "../model/printable.ts";
import { Secret, maskSecrets } from "../model/secret.ts";
import type { AnswerReporter } from "../report/answer.ts";
import type { JsonReporter } from "../report/json.ts";
import { keyVariable } from "./key.ts";
import type { Output } from "./output.ts";
import { openOutput } from "./output.ts";

export type { Output } from "./output.ts";

/** Everything impure that the command line touches; the rest of the program is handed what it needs. */
export type World = {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly temporary: string;
  readonly user: string;
  readonly hostname: string;
  /** The private key that the environment has; taken out of it, so that no program that we start gets it. */
  readonly sshKey: string | undefined;
  /** From now on every ssh that is started asks this agent. */
  useAgent(socket: string): void;
  /** @example "linux" */
  readonly platform: string;
  /** @example "24.21.0" */
  readonly nodeVersion: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Can a person answer a question? */
  readonly interactive: boolean;
  /** Keeps what is compiled of this program and of the config, for the next start. */
  keepCompiled(): void;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Ends early, and does not fail, when `until` is aborted. */
  readonly wait: (milliseconds: number, until?: AbortSignal) => Promise<void>;
  /** A word that nobody can guess. */
  readonly randomWord: () => string;
  /** Asks a question at the terminal. Throws a `UserError` for Ctrl-C and Ctrl-D. */
  ask(question: string): Promise<string>;
  /** Hears SIGINT, SIGTERM and SIGHUP until the returned function is called. */
  onSignal(heard: (signal: string) => void): () => void;
  /** Hears of what happens, with `--json`; people's words then go to stderr. */
  readonly json?: JsonReporter;
  /** Writes the answer to a question, with `--json`. A command with `--json` has this or `json`. */
  readonly answer?: AnswerReporter;
  /** From now on only `stdout` above writes to standard output; what others write there goes to stderr. */
  reserveStdout(): void;
  /** From now on these are masked in all that is written. */
  hide(secrets: readonly unknown[]): void;
  /** Masks in what is written elsewhere what was hidden. */
  mask(text: string): string;
  setExitCode(code: number): void;
  /** Ends the process at once, for the second Ctrl-C. */
  exitNow(code: number): void;
};

/** Bytes of the directory that sockets are made below: their whole path must stay under 104 (macOS has 80 in /var/folders). */
const longest = 40;

/** What a start may not need is loaded when it is used. */
export function realWorld(): World {
  const seal = `\uE000${randomBytes(12).toString("hex")}`;
  const [stdout, stderr] = [
    openOutput(process.stdout, process.env, seal),
    openOutput(process.stderr, process.env, seal),
  ];
  const hidden: unknown[] = [];
  const own = ownUser();
  const sshKey = process.env[keyVariable] || undefined;
  delete process.env[keyVariable];
  if (sshKey !== undefined && !sshKey.startsWith("/")) hidden.push(new Secret(sshKey));
  for (const stream of [stdout, stderr]) stream.hide(hidden);
  // Node would write it past every guard: what nobody waited for may hold what a host said.
  process.on("uncaughtException", (error: unknown) => {
    const { inspect } = process.getBuiltinModule("node:util");
    stderr.output.write(`${inspect(error)}\n`);
    // oxlint-disable-next-line unicorn/no-process-exit -- nothing is known of what else goes on
    process.exit(1);
  });
  return {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    // ssh too looks it up, and does not believe $HOME.
    home: own.home,
    temporary: Buffer.byteLength(tmpdir()) > longest ? "/tmp" : tmpdir(),
    user: process.env["USER"] ?? own.name,
    hostname: hostname(),
    sshKey,
    useAgent(socket) {
      process.env["SSH_AUTH_SOCK"] = socket;
    },
    platform: process.platform,
    nodeVersion: process.versions.node,
    stdout: stdout.output,
    stderr: stderr.output,
    get interactive() {
      const { isatty } = process.getBuiltinModule("node:tty");
      return isatty(0) && isatty(2);
    },
    keepCompiled() {
      const cache = join(process.env["XDG_CACHE_HOME"] || join(own.home, ".cache"), "bgdeploy/compiled");
      try {
        const { enableCompileCache } = process.getBuiltinModule("node:module");
        mkdirSync(cache, { recursive: true, mode: 0o700 });
        enableCompileCache(cache);
      } catch {
        // A home that cannot be written to costs some milliseconds a start.
      }
    },
    now: () => Date.now(),
    wait(milliseconds, until) {
      const { setTimeout: wait } = process.getBuiltinModule("node:timers/promises");
      return until === undefined
        ? wait(milliseconds)
        : wait(milliseconds, undefined, { signal: until }).catch(() => {});
    },
    randomWord: () => `bg${randomBytes(12).toString("hex")}`,
    async ask(question) {
      const { createInterface } = await import("node:readline/promises");
      const reader = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await stderr.steer(() => reader.question(printable(question)));
      } catch (error) {
        // Ctrl-C or Ctrl-D in place of an answer; the cursor still stands behind the question.
        process.stderr.write("\n");
        throw new UserError("interrupted; nothing was changed", { exitCode: exitCodes.interrupted, cause: error });
      } finally {
        reader.close();
      }
    },
    onSignal(heard) {
      const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
      for (const signal of signals) process.on(signal, heard);
      return () => {
        for (const signal of signals) process.off(signal, heard);
      };
    },
    reserveStdout() {
      // A config or a hook that uses console.log must not break the lines of --json.
      process.stdout.write = process.stderr.write.bind(process.stderr);
    },
    hide(secrets) {
      hidden.push(...secrets);
      for (const stream of [stdout, stderr]) stream.hide(secrets);
    },
    mask: (text) => maskSecrets(text, hidden),
    setExitCode(code) {
      process.exitCode = code;
    },
    exitNow(code) {
      // oxlint-disable-next-line unicorn/no-process-exit -- a second Ctrl-C means now
      process.exit(code);
    },
  };
}

/** The kernel's; `node:crypto` has the same, but takes 4 ms to load. */
function randomBytes(length: number): Buffer {
  const device = openSync("/dev/urandom", "r");
  try {
    const bytes = Buffer.alloc(length);
    readSync(device, bytes);
    return bytes;
  } finally {
    closeSync(device);
  }
}
