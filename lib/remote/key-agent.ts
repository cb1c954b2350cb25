import { spawn } from "node:child_process";
import { Socket } from "node:net";
import { env } from "node:process";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { keyProblem } from "../model/private-key.ts";
import { makeOwnDirectory } from "./own-directory.ts";

/** Waits until we are gone, by whatever end, and takes the agent and its directory along. */
const guard = 'echo ready; cat >/dev/null; kill "$SSH_AGENT_PID"; rm -rf "$1"';

/**
 * Starts an agent with one private key in it, and gives the path of its socket. The key goes to it through a pipe: it stands in no
 * file and in no words of a program. The agent ends when we do, also when we are killed.
 *
 * Throws a `UserError` where the key cannot be used. `variable`: where it came from, for that.
 */
export async function startKeyAgent(key: string, variable: string, temporary: string): Promise<string> {
  const problem = keyProblem(key);
  if (problem !== undefined) throw new UserError(`${variable}: ${problem}`);
  const { path } = await makeOwnDirectory(temporary);
  const socket = join(path, "agent");
  const child = spawn("ssh-agent", ["-a", socket, "sh", "-c", guard, "sh", path], {
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  child.stdin.on("error", () => {});
  const isReady = await new Promise<boolean>((resolve) => {
    child.stdout.once("data", () => resolve(true));
    child.once("error", () => resolve(false));
    child.once("exit", () => resolve(false));
  });
  if (!isReady) throw new UserError(`${variable}: ssh-agent could not be started. It is a part of OpenSSH's client`);
  child.stdout.destroy();
  // Neither may keep us from ending.
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  const refused = await addKey(key, socket);
  if (refused === undefined) return socket;
  child.stdin.destroy();
  throw new UserError(`${variable}: ssh-add rejected the key (${refused})`);
}

/** `undefined` where it was taken, else what ssh-add said. It has no terminal: it must ask nothing. */
function addKey(key: string, socket: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, SSH_ASKPASS: _askpass, ...rest } = env;
  const child = spawn("ssh-add", ["-q", "-"], {
    env: { ...rest, SSH_AUTH_SOCK: socket },
    stdio: ["pipe", "ignore", "pipe"],
    detached: true,
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stdin.on("error", () => {});
  child.stdin.end(key);
  child.on("error", (error) => resolve(error.message));
  child.on("close", (code) => resolve(code === 0 ? undefined : (said.trim().split("\n").at(-1) ?? "")));
  return promise;
}
