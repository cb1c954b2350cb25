import { type ChildProcess, spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { performance } from "node:perf_hooks";

/** Something that the runner does in a process of its own. */
export type Job = {
  readonly name: string;
  readonly words: readonly string[];
  readonly directory: string;
  /** Milliseconds it may take. */
  readonly limit: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Is its work done, by what it has printed? It then gets `grace` milliseconds to end. */
  readonly isDone?: (output: string) => boolean;
};

const grace = 20_000;
const programs = join(import.meta.dirname, "../../node_modules/.bin");

/** `ending` says in words how it ended badly; `undefined` after an exit with 0. */
export type JobEnd = { readonly output: string; readonly seconds: number; readonly ending: string | undefined };

const running = new Set<ChildProcess>();

/** Runs a job with its output kept. Each leads a process group of its own, so that nothing is left of one that hangs. */
export function runJob({ words, directory, limit, env = {}, isDone }: Job): Promise<JobEnd> {
  const began = performance.now();
  const [program = "", ...args] = words;
  return new Promise((resolve) => {
    const { FORCE_COLOR: _, PATH: path = "", ...inherited } = process.env;
    const child = spawn(program, args, {
      cwd: directory,
      env: { ...inherited, PATH: `${programs}${delimiter}${path}`, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    running.add(child);
    let late: string | undefined;
    const killAfter = (milliseconds: number, why: string): NodeJS.Timeout =>
      setTimeout(() => {
        late = `was killed: ${why}`;
        signalGroup(child, "SIGKILL");
      }, milliseconds);
    const timers = [killAfter(limit, `it took more than ${limit / 60_000} minutes`)];

    const chunks: Buffer[] = [];
    const hear = (chunk: Buffer): void => {
      chunks.push(chunk);
      if (timers.length > 1 || !isDone?.(Buffer.concat(chunks).toString())) return;
      timers.push(killAfter(grace, "its tests had ended, but something that they left open kept it alive"));
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    const end = (ending: string | undefined): void => {
      for (const timer of timers) clearTimeout(timer);
      running.delete(child);
      const seconds = (performance.now() - began) / 1000;
      resolve({ output: Buffer.concat(chunks).toString(), seconds, ending });
    };
    child.on("error", (error) => end(error.message));
    // Not "close": a process that the job left behind may hold its output open.
    child.on("exit", (code, signal) => {
      setImmediate(() => {
        if (late !== undefined) return end(late);
        end(code === 0 ? undefined : code === null ? `was killed by ${signal}` : `ended with ${code}`);
      });
    });
  });
}

/** Passes a signal on to all jobs that run. */
export function signalJobs(signal: NodeJS.Signals): void {
  for (const child of running) signalGroup(child, signal);
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // it has just ended
  }
}
