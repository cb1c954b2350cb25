import { spawn } from "node:child_process";

/** What a terminal showed, and how the program in it ended. */
export type Seen = { readonly code: number | null; readonly screen: string };

/** What is typed when this is seen; what must have happened first may be awaited. */
export type Answer = readonly [RegExp, string | (() => Promise<string>)];

export type Terminal = {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What a person types when the last line that they see matches; each is used once, in order. */
  readonly answers: readonly Answer[];
};

/** Runs a program in a terminal (script(1)), and types the answers. After a minute it is ended, and the code is `null`. */
export function inTerminal(words: readonly string[], { cwd, env, answers }: Terminal): Promise<Seen> {
  const line = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const child = spawn("script", ["-qefc", `stty cols 200; exec ${line}`, "/dev/null"], {
    cwd,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], TERM: "xterm", SHELL: "/bin/sh", ...env },
    stdio: ["pipe", "pipe", "inherit"],
    timeout: 60_000,
  });
  const left = [...answers];
  let screen = "";
  let seen = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    const [pattern, answer] = left[0] ?? [];
    if (pattern === undefined || answer === undefined || !pattern.test(screen.slice(seen))) return;
    seen = screen.length;
    left.shift();
    // ssh switches the echo off just after it has asked.
    const typed = typeof answer === "string" ? Promise.resolve(answer) : answer();
    setTimeout(() => void typed.then((text) => child.stdin.write(text)), 100);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, screen: screen.replaceAll("\r", "") }));
  });
}
