import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { SshSettings } from "../model/ssh-settings.ts";

/** The user that ssh would connect as. */
export function sshUser(host: string, ssh: SshSettings): Promise<string> {
  return sshSays("user", host, ssh);
}

/** What ssh makes of a host, by its own configuration; `ssh -G` connects to nothing. */
export async function sshSays(key: "user" | "hostname", host: string, ssh: SshSettings): Promise<string> {
  const { configFile, flags } = ssh;
  const words = ["-G", ...(configFile === undefined ? [] : ["-F", configFile]), ...flags, "--", host];
  const { stdout } = await promisify(execFile)("ssh", words);
  return new RegExp(`^${key} (.+)$`, "m").exec(stdout)?.[1] ?? "";
}
