import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { SshSettings } from "../model/ssh-settings.ts";

/** The user that ssh would connect as: its own configuration knows (`ssh -G` connects to nothing). */
export async function sshUser(host: string, { configFile, flags }: SshSettings): Promise<string> {
  const words = ["-G", ...(configFile === undefined ? [] : ["-F", configFile]), ...flags, "--", host];
  const { stdout } = await promisify(execFile)("ssh", words);
  return /^user (.+)$/m.exec(stdout)?.[1] ?? "";
}
