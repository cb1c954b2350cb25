import { maskSecrets } from "../model/secret.ts";
import type { TableStyle } from "../plan/table.ts";
import { makeGuard } from "../report/guard.ts";
import { makePaint } from "../report/paint.ts";

/** Somewhere to write. `columns` is 80 where there is no terminal. */
export type Output = {
  /** Words for people, painted by `makePaint(color)`. What hosts, files and names have in them steers neither the terminal nor a CI. */
  write(text: string): void;
  /** A line for a program (`--json`), as it is. */
  json(line: string): void;
  /** A command for the CI that runs us, as it is: made by `ci-commands`. */
  command(text: string): void;
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
  /** The seal, where there are colours. */
  readonly color: string | false;
  /** Stands for `ESC [` in a text that is written. */
  readonly seal: string;
};

/** How tables look there. Without a terminal they stay whole, however wide they are. */
export function styleOf({ isTerminal, columns, color }: Output): TableStyle {
  return { columns: isTerminal ? columns : undefined, paint: makePaint(color) };
}

/** A stream of the process, to which nothing passes unguarded, whoever writes. */
export type GuardedStream = {
  readonly output: Output;
  /** From now on these are masked. */
  hide(secrets: readonly unknown[]): void;
  /** While a person is asked, readline moves the cursor. */
  steer<T>(asking: () => Promise<T>): Promise<T>;
};

/** Bytes that may wait to be read before there is no more room. */
const mostUnread = 4_000_000;

/** Variables that a CI sets. */
const cis = ["CI", "GITHUB_ACTIONS", "GITEA_ACTIONS", "GITLAB_CI", "TF_BUILD", "TEAMCITY_VERSION"];

/** NO_COLOR (no-color.org) and FORCE_COLOR win over what the stream is. `seal`: a word that nobody can guess. */
export function openOutput(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv, seal: string): GuardedStream {
  const forced = env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "0";
  const isCi = cis.some((name) => !["", "false", "0"].includes(env[name] ?? ""));
  const guard = makeGuard(seal, isCi);
  // A terminal or a pipe that is gone must not end a run in its middle: it is heard as SIGHUP, or by who asks `drained`.
  let isOpen = true;
  stream.on("error", () => (isOpen = false));
  const plain = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb" || env["FORCE_COLOR"] === "0";
  let hidden: readonly unknown[] = [];
  let isAsking = false;
  // As it is now: while a tree is drawn, or with --json, it is another one for all others.
  const write = stream.write.bind(stream);
  // Strings that wait go out together, and where they may come to 2 GB of bytes (a character to three) are lost: ENOBUFS.
  const send = (text: string, done?: Done): boolean => write(Buffer.from(text), done);
  const decoder = new TextDecoder();

  /** For all others: listr2, readline, and what a config or a hook prints. While listr2 draws, it alone comes here. */
  function guarded(chunk: string | Uint8Array, coding?: BufferEncoding | Done, done?: Done): boolean {
    const encoding = typeof coding === "string" ? coding : undefined;
    const bytes = typeof chunk === "string" && encoding !== undefined ? Buffer.from(chunk, encoding) : chunk;
    const text = typeof bytes === "string" ? bytes : decoder.decode(bytes, { stream: true });
    const steers = isAsking || stream.write !== guarded;
    return send(guard.others(maskSecrets(text, hidden), steers), typeof coding === "function" ? coding : done);
  }
  stream.write = guarded;

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
  const output: Output = {
    write: (text) => void send(guard.words(maskSecrets(text, hidden))),
    // Within its texts `##[` would be a command all the same; so it is one for whoever reads the JSON alone.
    json: (line) => void send(guard.own(isCi ? line.replaceAll("##", String.raw`#\u0023`) : line)),
    command: (text) => void send(guard.own(text)),
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
    color: forced || (stream.isTTY && !plain) ? seal : false,
    seal,
  };
  return {
    output,
    hide(secrets) {
      hidden = [...new Set([...hidden, ...secrets])];
    },
    async steer(asking) {
      isAsking = true;
      try {
        return await asking();
      } finally {
        isAsking = false;
      }
    },
  };
}

type Done = (error?: Error | null) => void;
