import { closeSync, mkdirSync, openSync, readSync } from "node:fs";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { UserError, exitCodes } from "../errors.ts";
import type { JsonReporter } from "../report/json.ts";

/** Somewhere to write. `columns` is 80 where there is no terminal. */
export type Output = {
  write(text: string): void;
  /** Waits until more may be written; `false` when the reader is gone, as that of `| head` soon is. */
  drained(): Promise<boolean>;
  /**
   * `undefined` while there is room for more; else what waits until there is again. Some megabytes find room unread, and
   * so all that an ordinary run says: it must not stand still, and hold its locks, where someone has paused its pager.
   */
  readonly room: () => Promise<void> | undefined;
  readonly isTerminal: boolean;
  /** 24 where there is no terminal. */
  readonly rows: number;
  readonly columns: number;
  readonly color: boolean;
};

/** Bytes that may wait to be read before there is no more room. */
const mostUnread = 4_000_000;

/** Everything impure that the command line touches; the rest of the program is handed what it needs. */
export type World = {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly temporary: string;
  readonly user: string;
  readonly hostname: string;
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
  /** From now on only `stdout` above writes to standard output; what others write there goes to stderr. */
  reserveStdout(): void;
  setExitCode(code: number): void;
  /** Ends the process at once, for the second Ctrl-C. */
  exitNow(code: number): void;
};

/** What a start may not need is loaded when it is used. */
export function realWorld(): World {
  return {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    // ssh too looks it up, and does not believe $HOME.
    home: userInfo().homedir,
    temporary: tmpdir().length > 40 ? "/tmp" : tmpdir(),
    user: process.env["USER"] ?? userInfo().username,
    hostname: hostname(),
    nodeVersion: process.versions.node,
    stdout: output(process.stdout, process.env),
    stderr: output(process.stderr, process.env),
    get interactive() {
      const { isatty } = process.getBuiltinModule("node:tty");
      return isatty(0) && isatty(2);
    },
    keepCompiled() {
      const cache = join(process.env["XDG_CACHE_HOME"] || join(userInfo().homedir, ".cache"), "bgdeploy/compiled");
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
        return await reader.question(question);
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

/** NO_COLOR (no-color.org) and FORCE_COLOR win over what the stream is. */
function output(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Output {
  const forced = env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "0";
  // A terminal or a pipe that is gone must not end a run in its middle: it is heard as SIGHUP, or by who asks `drained`.
  let isOpen = true;
  stream.on("error", () => (isOpen = false));
  const plain = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb" || env["FORCE_COLOR"] === "0";
  // As it is now: while a tree is drawn, or with --json, it is another one for all others.
  const write = stream.write.bind(stream);
  let draining: Promise<void> | undefined;
  // One for all who wait: of 50 hosts there may be a hundred.
  const drain = (): Promise<void> =>
    (draining ??= new Promise((resolve) => {
      const end = (): void => {
        for (const event of ["drain", "close"]) stream.off(event, end);
        draining = undefined;
        resolve();
      };
      for (const event of ["drain", "close"]) stream.on(event, end);
    }));
  return {
    write: (text) => {
      // Strings that wait go out together, and where they may come to 2 GB of bytes (a character to three) are lost: ENOBUFS.
      write(Buffer.from(text));
    },
    async drained() {
      if (isOpen && stream.writableNeedDrain) await drain();
      return isOpen;
    },
    room: () => (isOpen && stream.writableLength > mostUnread ? drain() : undefined),
    isTerminal: stream.isTTY,
    get rows() {
      return stream.rows ?? 24;
    },
    get columns() {
      return stream.columns ?? 80;
    },
    color: forced || (stream.isTTY && !plain),
  };
}
