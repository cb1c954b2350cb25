import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Ended } from "../../support/bgdeploy.ts";
import { bgdeployWords } from "../../support/bgdeploy.ts";

/** One announcement of a verbose run: `[  1.2s] h1  nginx:switch  $ sudo nginx -t`. */
export type Announcement = { readonly host: string; readonly task: string; readonly text: string; readonly at: number };

/** A `bgdeploy` that runs, whose announcements can be waited for, and which can be killed. */
export type Client = {
  readonly ended: Promise<Ended>;
  /** What it has announced until now. */
  readonly announced: readonly Announcement[];
  /** Resolves to true at the first announcement that fits, to false when the client ends before it. */
  reaches(fits: (announcement: Announcement, earlier: readonly Announcement[]) => boolean): Promise<boolean>;
  /** SIGKILL, and its children are not told. */
  kill(): void;
};

/** No run takes longer, in milliseconds, whatever is done to its hosts: two lost connections and two drains. */
const limit = 240_000;

export function startClient(words: readonly string[], cwd: string): Client {
  const [file, ...rest] = [...bgdeployWords, ...words, "--verbose"];
  const env = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "/root" };
  const child = spawn(file, rest, {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: limit,
    killSignal: "SIGKILL",
  });
  const announced: Announcement[] = [];
  const listeners = new Set<() => void>();
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    const found = readAnnouncement(line);
    if (found === undefined) return;
    announced.push({ ...found, at: performance.now() });
    for (const listener of listeners) listener();
  });
  const ended = endOf(child, lines);
  return {
    ended,
    announced,
    reaches(fits) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      let seen = 0;
      const look = (): void => {
        for (; seen < announced.length; seen += 1) {
          const announcement = announced[seen];
          if (announcement && fits(announcement, announced.slice(0, seen))) return resolve(true);
        }
      };
      listeners.add(look);
      look();
      void ended.then(() => resolve(false));
      return promise.finally(() => listeners.delete(look));
    },
    kill: () => void child.kill("SIGKILL"),
  };
}

/** Not "close": an ssh or rsync that outlives a killed client holds its output open. */
function endOf(child: ChildProcess, lines: readonly string[]): Promise<Ended> {
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.on("error", reject);
  child.on("exit", (code) => setTimeout(() => resolve({ code, stdout: `${lines.join("\n")}\n`, stderr }), 50));
  return promise;
}

function readAnnouncement(line: string): Omit<Announcement, "at"> | undefined {
  const [, host = "", task = "", text = ""] = /^\[ *[\d.]+s\] (\S+) +(\S+) {2}\$ (.*)$/.exec(line) ?? [];
  return host === "" ? undefined : { host, task, text };
}
