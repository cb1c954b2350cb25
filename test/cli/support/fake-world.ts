import type { Output, World } from "../../../lib/cli/world.ts";
import { main } from "../../../lib/cli/main.ts";

export type Said = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs the whole program in a directory, with a world that is made of values. */
export async function bgdeploy(argv: readonly string[], cwd: string, more: Partial<World> = {}): Promise<Said> {
  let [stdout, stderr, code] = ["", "", -1];
  let words = 0;
  const output = (write: (text: string) => void): Output => ({
    write,
    json: write,
    command: write,
    drained: () => Promise.resolve(true),
    room: () => undefined,
    isTerminal: false,
    rows: 24,
    columns: 80,
    color: false,
    seal: "\u001B[",
  });
  await main({
    argv,
    cwd,
    home: cwd,
    temporary: cwd,
    user: "ada",
    hostname: "laptop",
    platform: "linux",
    sshKey: undefined,
    useAgent() {},
    nodeVersion: "24.21.0",
    stdout: output((text) => (stdout += text)),
    stderr: output((text) => (stderr += text)),
    interactive: false,
    keepCompiled: () => {},
    now: () => Date.UTC(2025, 4, 13),
    wait: () => Promise.resolve(),
    randomWord: () => `bgword${(words += 1)}`,
    ask: () => Promise.reject(new Error("nobody is there to answer")),
    onSignal: () => () => {},
    reserveStdout() {},
    hide() {},
    mask: (text) => text,
    setExitCode: (given) => (code = given),
    exitNow: (given) => {
      throw new Error(`exit ${given}`);
    },
    ...more,
    env: { PATH: process.env["PATH"], ...more.env },
  });
  const shown = (text: string): string => text.replaceAll(cwd, "DIR");
  return { code, stdout: shown(stdout), stderr: shown(stderr) };
}
