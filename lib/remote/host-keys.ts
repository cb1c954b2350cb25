import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SshSettings } from "../model/ssh-settings.ts";
import { makeOwnDirectory, writeOwnFile } from "./own-directory.ts";
import { writeSshConfig } from "./ssh-files.ts";

/** A name that ssh looks a host's key up by, and the files where it looks, the user's first. */
export type KeyName = { readonly name: string; readonly files: readonly string[] };

/** The names of a host, and of the jump hosts on the way there. `ssh -G` connects to nothing. */
export async function keyNames(host: string, ssh: SshSettings, home: string): Promise<readonly KeyName[]> {
  const words = [...ssh.flags, ...(ssh.configFile === undefined ? [] : ["-F", ssh.configFile])];
  const { output } = await call("ssh", ["-G", ...words, "--", host]);
  const read = (key: string): string | undefined => new RegExp(`^${key} (.+)$`, "m").exec(output)?.[1];
  const [hostname = host, port = "22"] = [read("hostname"), read("port")];
  // put_host_port() in OpenSSH's misc.c; an alias stands for itself (sshconnect.c).
  const name = read("hostkeyalias") ?? (port === "22" ? hostname : `[${hostname}]:${port}`);
  const files = `${read("userknownhostsfile") ?? ""} ${read("globalknownhostsfile") ?? ""}`.split(" ");
  const jumps = (read("proxyjump") ?? "").split(",").filter((jump) => jump !== "" && jump !== "none");
  const further = await Promise.all(
    jumps.map((jump) => {
      const [, at = jump, through] = /^(?:ssh:\/\/)?(?:[^@]*@)?(.*?)(?::(\d+))?\/?$/.exec(jump) ?? [];
      // Of the command line, only what a jump gets from ssh too: its config.
      const flags = through === undefined ? [] : ["-p", through];
      return keyNames(at.replaceAll(/^\[|\]$/g, ""), { ...ssh, flags }, home);
    }),
  );
  const absolute = files.filter((file) => file !== "").map((file) => file.replace(/^~(?=\/)/, home));
  return [{ name, files: absolute }, ...further.flat()];
}

/** Lines of a known_hosts file for `name`, with that name alone, also where the file has it hashed. */
export async function keysIn(file: string, name: string): Promise<readonly string[]> {
  const { output } = await call("ssh-keygen", ["-F", name, "-f", file]);
  return output.split("\n").flatMap((line) => {
    const [, marker = "", type, key] = /^(@\S+ )?(?!#)\S+ (\S+) ([\w+/=]+)/.exec(line) ?? [];
    return type === undefined ? [] : [`${marker}${name} ${type} ${key}`];
  });
}

/** What came of asking a host for its key: all that is now known, and ssh's own words where that went wrong. */
export type Shown = { readonly known: readonly string[]; readonly said: string };

/**
 * What a host and the jump hosts before it show, checked against what is `known`; new keys are added. Nobody logs in at the
 * host itself.
 */
export async function showKeys(
  host: string,
  ssh: SshSettings,
  known: readonly string[],
  temporary: string,
): Promise<Shown> {
  const own = await makeOwnDirectory(temporary);
  const directory = own.path;
  try {
    const [config, file] = [join(directory, "config"), join(directory, "known_hosts")];
    const first = ["StrictHostKeyChecking accept-new", "HashKnownHosts no", "CheckHostIP no", "UpdateHostKeys no"];
    await writeOwnFile(file, known.map((line) => `${line}\n`).join(""));
    const settings = { ...ssh, knownHosts: file, strictHostKeys: "accept-new" } as const;
    await writeSshConfig(config, settings, { ask: false }, [...first, "GlobalKnownHostsFile /dev/null"]);
    const options = [
      "PreferredAuthentications=none",
      "ControlPath=none",
      ...first.map((line) => line.replace(" ", "=")),
    ];
    const { said } = await call("ssh", [
      "-T",
      ...options.flatMap((option) => ["-o", option]),
      ...ssh.flags,
      "-F",
      config,
      "--",
      host,
      "true",
    ]);
    const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
    return { known: lines, said };
  } finally {
    await own.remove();
  }
}

/** As `ssh-keygen -l` shows it, of a line of known_hosts: `256 SHA256:… h1 (ED25519)`. */
export async function fingerprint(line: string): Promise<string> {
  const { output } = await call("ssh-keygen", ["-l", "-f", "-"], `${line}\n`);
  return output.trim();
}

/** Never fails: what a program did not do, its words tell. */
function call(
  file: string,
  words: readonly string[],
  input = "",
): Promise<{ readonly output: string; readonly said: string }> {
  return new Promise((resolve) => {
    const child = execFile(file, words, { timeout: 30_000 }, (error, stdout, stderr) =>
      resolve({ output: stdout, said: stderr === "" && error !== null ? error.message : stderr }),
    );
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}
