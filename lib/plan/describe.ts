import type { Command } from "../model/command.ts";
import { oneLine, printable } from "../model/printable.ts";
import { parseReleaseId } from "../model/release.ts";
import type { Line } from "../model/shell.ts";
import { quote } from "../model/shell.ts";
import type { Target } from "../model/target.ts";
import type { Variant } from "../model/variant.ts";

/**
 * The text of one command, as `plan` and `run --verbose` both print it: secrets masked, and nothing in it that could
 * steer a terminal. A shell command may have several lines.
 *
 * @example describe(sudo(["systemctl", "reload", "nginx"]), target) // "sudo systemctl reload nginx"
 */
export function describe(command: Command, target: Target): string {
  return printable(textOf(command, target));
}

/** Is this the description of the user's own code, whose output is always shown? */
export function isUserCode(description: string): boolean {
  return /^hook ".*" \(TypeScript\)$|^bash .* \(a copy of .*\)$/s.test(description);
}

/** A release in its slot, as people call it: `v1.0 (blue)`. `undefined` when there is none. */
export function describeSlot(id: string | undefined, variant: Variant | undefined): string | undefined {
  if (id === undefined) return variant;
  const version = oneLine(parseReleaseId(id)?.version ?? id);
  return variant === undefined ? version : `${version} (${variant})`;
}

/** The newest of these directories of releases, by its id: ids sort by age. */
export function newestOf(against: readonly string[]): string | undefined {
  return against
    .map((path) => path.slice(path.lastIndexOf("/") + 1))
    .toSorted()
    .at(-1);
}

function textOf(command: Command, target: Target): string {
  switch (command.kind) {
    case "shell":
      return command.line.shown;
    case "sudo": {
      const words = command.words.map((word) => quote(word)).join(" ");
      const read = command.input === undefined ? undefined : `(${sizeOf(command.input)})`;
      const from = command.from === undefined ? read : quote(command.from);
      const input = from === undefined ? "" : ` < ${from}`;
      return `${target.facts.sudo.kind === "root" ? "" : "sudo "}${words}${input}`;
    }
    case "write":
      return `write ${command.path} (${command.mode}, ${sizeOf(command.content)})`;
    case "link":
      return `link ${command.path} → ${command.to}`;
    case "upload":
      return `rsync ${directory(command.from)} → ${target.host.name}:${directory(command.to)} (${sharing(command.against)})`;
    case "download": {
      const signed = command.signature === undefined ? "" : `signed, as ${command.signature.signers} allows, `;
      const how = `by the host itself, sha256 ${command.sha256.slice(0, 12)}…, ${signed}${sharing(command.against)}`;
      return `download ${command.shown} → ${target.host.name}:${directory(command.to)} (${how})`;
    }
    case "hook":
      return `hook "${command.title}" (TypeScript)`;
    case "script": {
      const words = [command.path, ...command.words].map((word) => quote(word));
      return `bash ${words.join(" ")} (a copy of ${command.file})`;
    }
  }
}

/** How long a secret is stays a secret, too. */
function sizeOf(content: Line): string {
  if (content.raw !== content.shown) return "with secrets";
  const { length } = new TextEncoder().encode(content.raw);
  return length === 1 ? "1 byte" : `${length} bytes`;
}

function directory(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

function sharing(against: readonly string[]): string {
  const newest = newestOf(against);
  return newest === undefined ? "a full copy" : `sharing with ${newest}`;
}
