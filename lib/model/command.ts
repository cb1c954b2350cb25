import type { HookFunction } from "./hook.ts";
import type { Secret } from "./secret.ts";
import type { Line } from "./shell.ts";

/** Shell text for the host's bash. Safe to run twice. */
export type ShellCommand = {
  readonly kind: "shell";
  readonly title: string;
  readonly line: Line;
  /** A failure is said as a warning, and the run goes on. */
  readonly mayFail: boolean;
  /** What it prints is a warning for the user; but a line behind `... ` says how far it is. */
  readonly warns: boolean;
  /** It leaves the shell as it is (no `cd`, `exit`, `umask`, option or trap), and so needs none of its own: a process less. */
  readonly simple: boolean;
};

/**
 * One command that needs root, byte for byte as the sudo rules have it; run without sudo when the ssh user is root.
 * An `optional` one is skipped, with a warning that names the rule, where sudo does not allow it.
 */
export type SudoCommand = {
  readonly kind: "sudo";
  readonly title: string;
  readonly words: readonly string[];
  /** What it reads from its standard input. */
  readonly input: Line | undefined;
  /** Or the file of the host's that it reads there, opened by who deploys. */
  readonly from: string | undefined;
  /** Where it fails, the host runs this, without sudo: it prints why. */
  readonly explain: Line | undefined;
  readonly optional: boolean;
  /** A failure is said as a warning, and the run goes on. */
  readonly mayFail: boolean;
};

/** A whole file, written beside, synced and renamed: no reader and no power cut sees half of it. */
export type WriteCommand = {
  readonly kind: "write";
  /** Written in its place and not synced, for three processes less: what nobody reads before a later step has synced it. */
  readonly inPlace: boolean;
  readonly path: string;
  readonly content: Line;
  readonly mode: "0600" | "0644";
};

/** A symlink, put in place in one step: a reader meets the old or the new target. */
export type LinkCommand = {
  readonly kind: "link";
  readonly title: string;
  readonly path: string;
  /** As it stands in the link. */
  readonly to: string;
};

/** A copy of `from` (on this machine) as the release directory `to`, sharing equal files with the release `against`. */
export type UploadCommand = {
  readonly kind: "upload";
  readonly from: string;
  /** Where it grows. */
  readonly partial: string;
  readonly to: string;
  /**
   * The host's file with the names of what was sent, one to a line, each behind `sentMark`. The command before makes it, as
   * the last thing: that it is there tells the upload that all before is done. A copy that keeps its times has none.
   */
  readonly log: string | undefined;
  /** Absolute paths of complete releases to hard-link equal files from; empty for a full copy. */
  readonly against: readonly string[];
  /** Files keep their modification times, as in a copy of another host's release. */
  readonly keepTimes: boolean;
  /** What becomes of symlinks that lead out of `from`; they are as they are without it. */
  readonly links?: LinkMode | undefined;
};

/** Symlinks that lead out of a build: what they lead to is sent in their place, or they are kept for what the host has there. */
export type LinkMode = "follow" | "keep";

/** What stands before a name in the log of an upload, behind the time. */
export const sentMark = ":sent:";

/** `text`: a signature of ssh-keygen(1), or the path of its file; `signers`: the path of the allowed signers. Paths on this machine. */
export type Signature = { readonly text: string; readonly signers: string };

/** An archive that the host itself downloads, checks, unpacks and makes into the release directory `to`. */
export type DownloadCommand = {
  readonly kind: "download";
  /** The whole URL: its query may be a signature that opens the file. */
  readonly url: Secret;
  /** The URL without its query. */
  readonly shown: string;
  readonly headers: Readonly<Record<string, Secret>>;
  /** Of the archive: 64 hexadecimal digits in lower case. */
  readonly sha256: string;
  /** Of `sha256`, by one of `signers`; checked on this machine before anything is done. */
  readonly signature: Signature | undefined;
  /** 1: the archive's only directory is the release. */
  readonly strip: 0 | 1;
  /** A program that the release must have, for example `bin/shop`. */
  readonly program: string;
  /** Absolute path of a private directory. What arrived before a transfer was cut stays there. */
  readonly workspace: string;
  readonly partial: string;
  readonly to: string;
  /** Absolute paths of complete releases to hard-link equal files from; empty for a full copy. */
  readonly against: readonly string[];
};

/** User code in TypeScript. */
export type HookCommand = { readonly kind: "hook"; readonly title: string; readonly run: HookFunction };

/** A bash script of the user's: copied to the host, and run by bash there with `words` as arguments. */
export type ScriptCommand = {
  readonly kind: "script";
  /** Path on this machine. */
  readonly file: string;
  readonly path: string;
  readonly words: readonly string[];
};

/** One thing to do on a host, as data: it can be printed, batched and compared. */
export type Command =
  | ShellCommand
  | SudoCommand
  | WriteCommand
  | LinkCommand
  | UploadCommand
  | DownloadCommand
  | HookCommand
  | ScriptCommand;

/** A command that the host's shell runs by itself. */
export type HostCommand = ShellCommand | SudoCommand | FileCommand;

/** Those that stand next to each other become durable together: with one sync of all files, and one of their directories. */
export type FileCommand = WriteCommand | LinkCommand;

export function isHostCommand(command: Command): command is HostCommand {
  return command.kind === "shell" || command.kind === "sudo" || isFileCommand(command);
}

export function isFileCommand(command: Command): command is FileCommand {
  return command.kind === "write" || command.kind === "link";
}

/** As people are told of it. */
export function titleOf(command: HostCommand): string {
  return command.kind === "write" ? `writing ${command.path}` : command.title;
}

/** @example shell("wait for the port", sh`…`) */
export function shell(
  title: string,
  line: Line,
  options: { readonly mayFail?: boolean; readonly warns?: boolean; readonly simple?: boolean } = {},
): ShellCommand {
  const { mayFail = false, warns = false, simple = false } = options;
  return { kind: "shell", title, line, mayFail, warns, simple };
}

/** @example sudo(["systemctl", "reload", "nginx"]) */
export function sudo(
  words: readonly string[],
  options: {
    readonly title?: string;
    readonly input?: Line;
    readonly from?: string;
    readonly explain?: Line | undefined;
    readonly optional?: boolean;
    readonly mayFail?: boolean;
  } = {},
): SudoCommand {
  const { title = words.join(" "), input, from, explain, optional = false, mayFail = false } = options;
  return { kind: "sudo", title, words, input, from, explain, optional, mayFail };
}

/** @example write("/opt/shop/variant", rawLine("green\n"), "0644") */
export function write(
  path: string,
  content: Line,
  mode: "0600" | "0644" = "0644",
  options: { readonly inPlace?: boolean } = {},
): WriteCommand {
  const { inPlace = false } = options;
  return { kind: "write", path, content, mode, inPlace };
}

/** @example link("link current", "/opt/shop/versions/current", "2026_11_20T10_00_00-v1") */
export function link(title: string, path: string, to: string): LinkCommand {
  return { kind: "link", title, path, to };
}
