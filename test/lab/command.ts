import { spawn } from "node:child_process";
import { constants } from "node:os";
import { LabError } from "./lab-error.ts";

/** How a program ended. A signal counts as 128 + its number, as in a shell. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program (no shell) with `input` on its stdin. Never throws for an exit code; throws if it cannot be started. */
export function run(words: readonly string[], input = ""): Promise<Output> {
  const [program = "", ...args] = words;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on("error", () => undefined); // it may end without reading
    child.stdin.end(input);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({
        code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]),
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
  });
}

/** Runs a program that has to succeed and answers its stdout. Throws a LabError with its stderr. */
export async function mustRun(words: readonly string[], input = ""): Promise<string> {
  const { code, stdout, stderr } = await run(words, input);
  if (code !== 0) throw new LabError(`\`${words.join(" ")}\` ended with ${code}: ${stderr.trim() || stdout.trim()}`);
  return stdout;
}
