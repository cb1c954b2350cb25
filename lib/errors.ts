/** The exit codes of the program; `docs/exit-codes.md` explains each to users. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  mend: 3,
  locked: 4,
  incomplete: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * Something the user can mend. It is printed as sentences, without a stack.
 * `problems` are printed one a line; say what happened, what is live now, and what to type next.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly exitCode: ExitCode;
  readonly problems: readonly string[];

  constructor(problems: string | readonly string[], options: { exitCode?: ExitCode; cause?: unknown } = {}) {
    const lines = typeof problems === "string" ? [problems] : problems;
    super(lines.join("\n"), { cause: options.cause });
    this.problems = lines;
    this.exitCode = options.exitCode ?? exitCodes.usage;
  }
}

/** A host that was asked, and could not answer: what was not read there is not known to be absent. */
export class UnreadError extends UserError {
  readonly host: string;

  constructor(host: string, reasons: readonly string[]) {
    super(`${host}: ${reasons.join("; ")}`);
    this.host = host;
  }
}

/** A command that failed on a host. `line` is what ran, with secrets masked; `output` its output, both streams. */
export class RemoteError extends Error {
  override readonly name = "RemoteError";
  readonly host: string;
  readonly line: string;
  readonly status: number;
  readonly output: string;

  constructor(failure: { host: string; title: string; line: string; status: number; output: string }) {
    super(`${failure.host}: ${failure.title} failed with status ${failure.status}`);
    this.host = failure.host;
    this.line = failure.line;
    this.status = failure.status;
    this.output = failure.output;
  }
}

/** Why we ended a connection: the host had fallen silent, perhaps when someone had interrupted; or it said more than an answer can be. */
export type GivenUp = "silent" | "interrupted" | "flood";

/** The connection to a host ended before our closing word. What ran last may or may not have finished. */
export class SessionLostError extends Error {
  override readonly name = "SessionLostError";
  readonly host: string;
  /** `undefined`: it was not us who ended it. */
  readonly givenUp: GivenUp | undefined;

  constructor(host: string, reason: string, givenUp?: GivenUp) {
    super(`${host}: the connection was ${givenUp === undefined ? "lost" : "given up"} (${reason})`);
    this.host = host;
    this.givenUp = givenUp;
  }
}
