import type { Layer } from "./layers.ts";
import { pick } from "./layers.ts";
import { at, say, show } from "./path.ts";
import type { SshSettings } from "../model/ssh-settings.ts";

export type ResolvedSsh = {
  readonly settings: SshSettings;
  /** The ssh_config as the user wrote it; `undefined` for ssh's own. */
  readonly written: string | undefined;
  /** Where it was written. */
  readonly place: string;
  /** Where `knownHosts` was written. */
  readonly pinsPlace: string;
  readonly problems: readonly string[];
};

/**
 * Which ssh_config, flags and pinned keys the layers ask for. A `-F` among the flags names the file, as it does for ssh.
 *
 * @param unpinned what becomes of unknown host keys where none are pinned.
 */
export function resolveSsh(
  layers: readonly Layer[],
  resolve: (path: string) => string,
  unpinned: SshSettings["strictHostKeys"] = "accept-new",
): ResolvedSsh {
  const config = pick(layers, "sshConfig");
  const pins = pick(layers, "knownHosts");
  const flags = pick(layers, "sshFlags");
  const given = takeConfigFlag(flags?.value ?? []);
  const written = given.file ?? config?.value;
  const place = given.file === undefined ? (config?.place ?? "sshConfig") : (flags?.place ?? "sshFlags");
  const problems = [
    ...(given.file !== undefined && config !== undefined
      ? [say(place, `-F ${show(given.file)} conflicts with sshConfig ${show(config.value)}. Keep one`)]
      : []),
    ...(given.isCut
      ? [say(at(flags?.place ?? "sshFlags", (flags?.value.length ?? 1) - 1), "-F needs a file name")]
      : []),
  ];
  const settings: SshSettings = {
    configFile: fileOf(written, resolve),
    flags: given.rest,
    knownHosts: pins === undefined ? undefined : resolve(pins.value),
    // ssh would write new ones into the file.
    strictHostKeys: pins === undefined ? unpinned : "yes",
  };
  return { settings, written, place, pinsPlace: pins?.place ?? "knownHosts", problems };
}

/** `-F none` is ssh's way to read no config at all (ssh(1)); an empty file says the same. */
function fileOf(written: string | undefined, resolve: (path: string) => string): string | undefined {
  if (written === undefined) return undefined;
  return written === "none" ? "/dev/null" : resolve(written);
}

/** Parts flags for ssh from the file that a `-F` among them names; ssh takes the last one. */
export function takeConfigFlag(flags: readonly string[]): {
  readonly file: string | undefined;
  readonly rest: readonly string[];
  readonly isCut: boolean;
} {
  let file: string | undefined;
  let isCut = false;
  const rest = flags.filter((flag, index) => {
    if (flags[index - 1] === "-F") {
      file = flag;
      return false;
    }
    if (flag === "-F") isCut = index === flags.length - 1;
    else if (flag.startsWith("-F")) file = flag.slice(2);
    return !flag.startsWith("-F");
  });
  return { file, rest, isCut };
}
