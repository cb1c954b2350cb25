import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "../../../lib/model/command.ts";
import { quote } from "../../../lib/model/shell.ts";

/** What bash said, and how it ended. `seconds` is how long it took. */
export type Ran = { readonly status: number | null; readonly output: string; readonly seconds: number };

/** A directory with stub programs, which come first on PATH. */
export type Stubs = { readonly directory: string; set(name: string, script: string): void; remove(): void };

export function makeStubs(programs: Readonly<Record<string, string>>): Stubs {
  const directory = mkdtempSync(join(tmpdir(), "bgdeploy-test-"));
  const set = (name: string, script: string): void => {
    const file = join(directory, name);
    writeFileSync(file, `#!/bin/bash\n${script}\n`);
    chmodSync(file, 0o755);
  };
  for (const [name, script] of Object.entries(programs)) set(name, script);
  return { directory, set, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** Runs shell commands as a session does: each in a shell of its own, reading nothing, until one fails. */
export function runInBash(commands: readonly Command[], stubs?: Stubs): Promise<Ran> {
  const lines = commands.map((command) => `( eval ${quote(command.kind === "shell" ? command.line.raw : "false")} )`);
  const began = Date.now();
  const child = spawn("bash", ["--noprofile", "--norc", "-c", `exec </dev/null 2>&1; ${lines.join(" && ")}`], {
    env: {
      ...process.env,
      LC_ALL: "C",
      PATH: `${stubs === undefined ? "" : `${stubs.directory}:`}${process.env["PATH"]}`,
    },
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  return new Promise((resolve) => {
    child.on("close", (status) => resolve({ status, output, seconds: (Date.now() - began) / 1000 }));
  });
}

/** An HTTP server on a free port, while `use` runs. */
export async function withServer<T>(answer: RequestListener, use: (port: number) => Promise<T>, port = 0): Promise<T> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const address = server.address();
  try {
    return await use(typeof address === "object" && address !== null ? address.port : 0);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** A port that nothing listens on. */
export function freePort(): Promise<number> {
  return withServer(
    () => {},
    (port) => Promise.resolve(port),
  );
}
