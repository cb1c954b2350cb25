import { readFileSync } from "node:fs";
import { UserError } from "../errors.ts";
import { normalizeKey } from "../model/private-key.ts";
import { Secret } from "../model/secret.ts";
import type { World } from "./world.ts";

/** The variable with a private key, for machines that have it nowhere else. */
export const keyVariable = "BGDEPLOY_SSH_KEY";

let opened: Promise<string> | undefined;

/**
 * The socket of an agent of ours with the key of `BGDEPLOY_SSH_KEY`, for as long as we run; `undefined` where that is not set. It is
 * started when it is first asked for, and from then on all ssh that we start knows it.
 */
export function openKey(world: World): Promise<string | undefined> {
  if (world.sshKey === undefined) return Promise.resolve(undefined);
  opened ??= open(world.sshKey, world);
  return opened;
}

async function open(given: string, world: World): Promise<string> {
  const key = normalizeKey(given.startsWith("/") ? readKey(given) : given);
  world.hide([new Secret(key)]);
  const { startKeyAgent } = await import("../remote/key-agent.ts");
  const socket = await startKeyAgent(key, keyVariable, world.temporary);
  world.useAgent(socket);
  return socket;
}

/** GitLab gives a variable of the type "File" as a path. */
function readKey(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UserError(`${keyVariable}: no readable key in ${path}`, { cause: error });
  }
}
