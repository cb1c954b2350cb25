import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Lab } from "../../lab/lab.ts";
import type { Ended } from "../../support/bgdeploy.ts";
import { bgdeployWords } from "../../support/bgdeploy.ts";
import { said } from "../../support/hosts.ts";

/** What a host does once it has said that it is ready; `garbage` comes before that. */
export type Manner = "fine" | "flood" | "silent" | "half-marks" | "garbage";

/** A login shell that does with a session as /etc/manner says, and is bash for all else. */
const shell = `#!/bin/bash
text=\${*: -1}
case $text in *"<bg"*" ready>"*) manner=$(cat /etc/manner) ;; *) manner=fine ;; esac
mark=\${text#*<bg}; mark="<bg\${mark%% *}"
case $manner in
  flood) printf '%s ready>' "$mark"; tr '\\\\0' x </dev/zero ;;
  silent) printf '%s ready>' "$mark"; exec sleep 1000 ;;
  half-marks) printf '%s ready>' "$mark"; yes "$mark end" | tr -d '\\\\n' ;;
  garbage) cat /dev/urandom ;;
  *) exec /bin/bash "$@" ;;
esac
`;

/** Gives the users that ssh logs in as that shell. */
export async function makeHostile(lab: Lab, host: string): Promise<void> {
  await said(
    lab,
    host,
    `printf '%b' '${shell.replaceAll("'", `'"'"'`)}' >/usr/local/bin/hostile && chmod 755 /usr/local/bin/hostile && echo fine >/etc/manner && usermod -s /usr/local/bin/hostile deploy && usermod -s /usr/local/bin/hostile root`,
  );
}

export async function behave(lab: Lab, host: string, manner: Manner): Promise<void> {
  // A shell that is silent does not hear that its client has gone.
  const end = manner === "silent" ? "; pkill -fx 'sleep 1000' || :" : "";
  await said(lab, host, `echo ${manner} >/etc/manner${end}`);
}

/** A bgdeploy that runs, and what it took. */
export type Watched = {
  readonly ended: Promise<Ended & { readonly seconds: number; readonly bytes: number }>;
  /** What it has said until now. */
  said(): string;
  signal(signal: NodeJS.Signals): void;
};

/** `bytes`: the most of the memory that it had. It is killed after three minutes. */
export function watched(words: readonly string[], cwd: string): Watched {
  const [file = "", ...rest] = [...bgdeployWords, ...words];
  const env = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "/root" };
  const child = spawn(file, rest, {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 180_000,
    killSignal: "SIGKILL",
  });
  const began = performance.now();
  let [stdout, stderr, bytes] = ["", "", 0];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const looking = setInterval(() => {
    try {
      const [, most = "0"] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
      bytes = Math.max(bytes, Number(most) * 1024);
    } catch {
      // It has ended.
    }
  }, 50);
  const ended = new Promise<Awaited<Watched["ended"]>>((resolve) => {
    child.on("close", (code) => {
      clearInterval(looking);
      resolve({ code, stdout, stderr, bytes, seconds: (performance.now() - began) / 1000 });
    });
  });
  return { ended, said: () => `${stdout}${stderr}`, signal: (signal) => child.kill(signal) };
}
