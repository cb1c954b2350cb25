import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** How a program ended, and all that it said. */
export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export type Surroundings = { readonly cwd: string; readonly env?: Readonly<Record<string, string>> };

const bin = fileURLToPath(new URL("../../bin/bgdeploy.ts", import.meta.url));

/** The words that start this repository's bgdeploy: for a test that needs a terminal, or its process. */
export const bgdeployWords: readonly string[] = [process.execPath, bin];

/** Runs the real program, as one would type it; with no terminal, and nothing of the caller's environment but PATH. */
export function bgdeploy(words: readonly string[], around: Surroundings): Promise<Ended> {
  return program([...bgdeployWords, ...words], around);
}

/** Runs a program to its end; after two minutes it is killed, and the code is `null`. */
export function program([file = "", ...words]: readonly string[], { cwd, env }: Surroundings): Promise<Ended> {
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  const surroundings = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "/root", ...env };
  const child = spawn(file, words, {
    cwd,
    env: surroundings,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  child.on("error", reject);
  child.on("close", (code) =>
    resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
  );
  return promise;
}
