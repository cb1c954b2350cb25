import type { SshSettings } from "../model/ssh-settings.ts";

/** May ssh ask a person, and which agent keeps what they unlock. */
export type Asking = { readonly ask: boolean; readonly agent?: readonly string[] };

/**
 * The ssh_config that our calls use: what must hold, the user's, then what holds where theirs says nothing.
 *
 * A file, not flags, so that it reaches the bastions of a ProxyJump too; ssh takes the first value it meets, so a
 * stricter setting of theirs stays (ssh_config(5)).
 */
export function sshConfigText(
  { configFile, knownHosts, strictHostKeys, agent: socket }: Omit<SshSettings, "flags">,
  { ask, agent = [] }: Asking,
): string {
  const includes = configFile === undefined ? ["~/.ssh/config", "/etc/ssh/ssh_config"] : [configFile];
  return [
    `BatchMode ${ask ? "no" : "yes"}`,
    ...(socket === undefined ? [] : [`IdentityAgent ${socket}`, "IdentitiesOnly no"]),
    // A percent sign begins a token there (TOKENS in ssh_config(5)).
    ...(knownHosts === undefined ? [] : [`UserKnownHostsFile ${word(knownHosts.replaceAll("%", "%%"))}`]),
    ...includes.map((path) => `Include ${word(path)}`),
    "Host *",
    ...[
      `StrictHostKeyChecking ${strictHostKeys}`,
      "ConnectTimeout 10",
      "ServerAliveInterval 5",
      "ServerAliveCountMax 3",
      ...agent,
    ].map((line) => `  ${line}`),
    "",
  ].join("\n");
}

/** ssh takes a line apart at blanks and quotes, and `#` begins a comment. */
function word(path: string): string {
  return /[\s"'#\\]/.test(path) ? `"${path.replaceAll(/["\\]/g, String.raw`\$&`)}"` : path;
}

/** Flags of the connection that the whole run uses: it is the master of its own socket, and ends with us. */
export function masterFlags(paths: SshPaths, settings: SshSettings): readonly string[] {
  const overrides = ["ControlMaster=yes", `ControlPath=${paths.socket}`, "ControlPersist=no"];
  return [...common(overrides, paths), ...userFlags(settings.flags), "-F", paths.config];
}

/** Flags of a further channel over that connection. Without the master it fails: it must not outlive the lock. */
export function channelFlags(paths: SshPaths, settings: SshSettings): readonly string[] {
  // ProxyJump=none beside it would undo it; and a -J may not stand beside it (ssh.c).
  const overrides = ["ControlMaster=no", `ControlPath=${paths.socket}`, "ProxyCommand=false"];
  const flags = settings.flags.filter((flag, index, all) => !flag.startsWith("-J") && all[index - 1] !== "-J");
  return [...common(overrides, paths), ...userFlags(flags), "-F", paths.config];
}

/** A socket's path must stay under 104 bytes. `knowsSessionType`: this ssh is of 8.7 or newer. */
export type SshPaths = { readonly config: string; readonly socket: string; readonly knowsSessionType: boolean };

/** What must hold whatever the user's ssh_config says. */
function common(overrides: readonly string[], { knowsSessionType }: SshPaths): readonly string[] {
  // We read why ssh failed, which LogLevel QUIET would not say.
  const fixed = [
    "RemoteCommand=none",
    "RequestTTY=no",
    "PermitLocalCommand=no",
    "ClearAllForwardings=yes",
    "LogLevel=INFO",
  ];
  const newer = knowsSessionType ? ["ForkAfterAuthentication=no", "StdinNull=no", "SessionType=default"] : [];
  return ["-T", ...[...fixed, ...newer, ...overrides].flatMap((option) => ["-o", option])];
}

/** The user's flags without `-F`, whose file the generated one includes. */
function userFlags(flags: readonly string[]): readonly string[] {
  return flags.filter((flag, index) => !flag.startsWith("-F") && flags[index - 1] !== "-F");
}
