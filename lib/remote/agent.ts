import { execFile, spawn } from "node:child_process";

/** Keeps a key that a person has unlocked, so that three hosts do not ask for one passphrase three times. */
export type Agent = {
  /** Lines of an ssh_config that make ssh use it. */
  readonly config: readonly string[];
  stop(): void;
};

/**
 * The user's own agent where one answers; the key stays there for ten minutes. Else a private one on `socket`, which
 * ends with us, whatever ends us. Where neither can be had, ssh asks each time.
 */
export async function openAgent(socket: string): Promise<Agent> {
  if ((await exitCode("ssh-add", ["-l"])) !== 2) return { config: ["AddKeysToAgent 10m"], stop() {} };
  // `cat` ends when our end of the pipe is closed, and the agent with it.
  const script = 'echo ready; cat >/dev/null; kill "$SSH_AGENT_PID"';
  const child = spawn("ssh-agent", ["-a", socket, "sh", "-c", script], {
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  const isReady = await new Promise<boolean>((resolve) => {
    child.stdout.once("data", () => resolve(true));
    child.once("error", () => resolve(false));
    child.once("exit", () => resolve(false));
  });
  child.stdin.on("error", () => {});
  child.stdout.destroy();
  child.unref();
  return {
    config: isReady ? [`IdentityAgent ${socket}`, "AddKeysToAgent yes"] : [],
    stop: () => child.stdin.destroy(),
  };
}

/** ssh-add(1): 2 means that no agent answers. A program that cannot be started counts as that. */
function exitCode(file: string, words: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    execFile(file, words, { timeout: 5000 }, (error) =>
      resolve(error === null ? 0 : typeof error.code === "number" ? error.code : 2),
    );
  });
}
