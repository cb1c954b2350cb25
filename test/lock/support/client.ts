import { spawn } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Ended } from "../../support/bgdeploy.ts";
import { bgdeployWords } from "../../support/bgdeploy.ts";
import type { Project } from "../../support/project.ts";
import { program } from "../../support/bgdeploy.ts";
import { until } from "./until.ts";

/** A bgdeploy that runs in a process group of its own, as at a terminal; signals can be sent to it. */
export type Client = {
  readonly ended: Promise<Ended>;
  /** All that it has said until now, on both streams. */
  said(): string;
  /** Resolves as soon as it has said this; rejects when it ends before. */
  says(what: RegExp): Promise<void>;
  /** To the process alone, as `kill` and a CI runner do. */
  signal(name: NodeJS.Signals): void;
  /** To the whole group, as a terminal does. */
  signalGroup(name: NodeJS.Signals): void;
};

/** No run of a test takes longer, in milliseconds; then it is killed, and its code is `null`. */
const limit = 150_000;

/** Starts `bgdeploy …`, or other words, in a project's directory, with a temporary directory of its own. */
export function startClient(
  project: Project,
  words: readonly string[],
  options: { readonly path?: string; readonly program?: readonly string[]; readonly input?: boolean } = {},
): Client & { type(text: string): void } {
  const [file = "", ...rest] = [...(options.program ?? bgdeployWords), ...words];
  const path = [...(options.path === undefined ? [] : [options.path]), process.env["PATH"] ?? ""].join(":");
  const env = { PATH: path, HOME: process.env["HOME"] ?? "/root", TMPDIR: temporaryOf(project), TERM: "xterm" };
  const stdin = options.input === true ? "pipe" : "ignore";
  const child = spawn(file, rest, { cwd: project.directory, env, stdio: [stdin, "pipe", "pipe"], detached: true });
  const texts = { stdout: "", stderr: "" };
  let isOver = false;
  const heard = { wake: (): void => {} };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
      heard.wake();
    });
  }
  const send = (pid: number | undefined, name: NodeJS.Signals): void => {
    if (pid !== undefined && !isOver) process.kill(pid, name);
  };
  const timer = setTimeout(() => send(child.pid && -child.pid, "SIGKILL"), limit);
  const { promise: ended, resolve, reject } = Promise.withResolvers<Ended>();
  child.on("error", reject);
  child.on("exit", (code) => {
    isOver = true;
    clearTimeout(timer);
    // Not "close": what outlives a killed client holds its output open.
    setTimeout(() => resolve({ code, ...texts }), 50);
  });
  const said = (): string => texts.stdout + texts.stderr;
  return {
    ended,
    said,
    async says(what) {
      const { promise, resolve: found } = Promise.withResolvers<void>();
      const look = (): void => (what.test(said()) ? found() : undefined);
      const before = heard.wake;
      heard.wake = () => {
        before();
        look();
      };
      look();
      const over = ended.then(({ code }) => {
        if (!what.test(said())) throw new Error(`it ended with ${code} and never said ${what}:\n${said()}`);
      });
      await Promise.race([promise, over]);
    },
    signal: (name) => send(child.pid, name),
    signalGroup: (name) => send(child.pid && -child.pid, name),
    type: (text) => void child.stdin?.write(text),
  };
}

/** A short path: the sockets of ssh stand in it. */
function temporaryOf({ directory }: Project): string {
  const path = join(directory, "../t");
  mkdirSync(path, { recursive: true });
  return path;
}

/** Waits until a client of a project has started ssh. */
export async function connects(project: Project): Promise<void> {
  const path = temporaryOf(project);
  const missing = await until(async () => {
    const { stdout } = await program(["ps", "-eo", "args="], { cwd: "/" });
    return stdout.includes(`${path}/bgd-`) ? [] : ["ssh"];
  });
  if (missing.length > 0) throw new Error("no connection was tried");
}

/** Waits until nothing of a project's clients is left on this machine: no process that uses its sockets, no file. Gives what stays after `limit` (ms). */
export async function leftovers(project: Project, limit?: number): Promise<readonly string[]> {
  const path = temporaryOf(project);
  return until(async () => {
    const { stdout } = await program(["ps", "-eo", "args="], { cwd: "/" });
    return [...readdirSync(path), ...stdout.split("\n").filter((line) => line.includes(path))];
  }, limit);
}
