import { symlink } from "node:fs/promises";
import type { SshSettings } from "../model/ssh-settings.ts";
import { writeOwnFile } from "./own-directory.ts";
import type { Asking } from "./ssh-options.ts";
import { sshConfigText } from "./ssh-options.ts";

/**
 * Writes the ssh_config of our calls. The user's is reached by a link of a plain name: an Include globs its path, expands `%` and
 * `${}` from OpenSSH 9.9 on, and has no quoting that every version agrees on.
 *
 * @param first lines that must hold before all others.
 */
export async function writeSshConfig(
  path: string,
  settings: Omit<SshSettings, "flags">,
  asking: Asking,
  first: readonly string[] = [],
): Promise<void> {
  const { configFile } = settings;
  const link = `${path}-user`;
  if (configFile !== undefined) await symlink(configFile, link);
  const text = sshConfigText({ ...settings, configFile: configFile && link }, asking);
  await writeOwnFile(path, [...first, text].join("\n"));
}
