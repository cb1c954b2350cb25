import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What bash printed, both streams in order, and how it ended. */
export type Ran = { readonly status: number | null; readonly output: string };

/** Runs a script in bash, which reads it from its input as a session's shell does. */
export function bash(script: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const child = spawn("bash", ["--noprofile", "--norc"], { env: { ...process.env, LC_ALL: "C", ...env } });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stdin.on("error", () => {});
  child.stdin.end(`exec 2>&1\n${script}\n`);
  return new Promise((resolve) => {
    child.on("close", (status) => resolve({ status, output }));
  });
}

/** A new directory, removed when `use` is done; by default where temporary files stand. */
export async function withDirectory<T>(use: (directory: string) => Promise<T>, parent = tmpdir()): Promise<T> {
  const directory = mkdtempSync(join(parent, "bgdeploy-test-"));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
