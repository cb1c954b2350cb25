import { Secret } from "./secret.ts";
import type { Line } from "./shell.ts";
import { joinLines } from "./shell.ts";

export type EnvValue = string | Secret;

/** The most bytes that systemd carried in one value, and in all of them, unchanged (tried on systemd 252). */
export const envLimits = { value: 127 * 1024, all: 1536 * 1024 } as const;

/** Why systemd could not carry this name or value; `undefined` when it can. Never quotes the value. */
export function envProblem(name: string, value: EnvValue): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    return "is not a valid variable name: use letters, digits and _, and do not start with a digit";
  const text = reveal(value);
  if (text.includes("\0")) return "holds a NUL character, which no environment can carry";
  if (!text.isWellFormed()) return "holds half of a surrogate pair, which UTF-8 cannot carry";
  if (/[\uFDD0-\uFDEF]|[\u{FFFE}\u{FFFF}]/u.test(text) || hasPlaneEndNoncharacter(text)) {
    return "holds a Unicode noncharacter, which systemd refuses and then logs";
  }
  const size = byteLength(text);
  return size > envLimits.value ? `is ${size} bytes long; systemd carries at most ${envLimits.value}` : undefined;
}

/** The problem of all values together, or `undefined`. */
export function envSizeProblem(env: Readonly<Record<string, EnvValue>>): string | undefined {
  const size = Object.entries(env).reduce(
    (sum, [name, value]) => sum + byteLength(name) + byteLength(reveal(value)) + 2,
    0,
  );
  return size > envLimits.all ? `is ${size} bytes in all; a process starts with at most ${envLimits.all}` : undefined;
}

/**
 * An `EnvironmentFile=` for systemd (systemd.exec(5)), which bash reads to the same values.
 *
 * `KEY="…"` with a backslash before `"`, backslash, `$` and backtick, all else raw: the encoding that systemd 252 gave
 * back unchanged, with newlines, CR, `#` and 127 KiB values.
 */
export function environmentFile(env: Readonly<Record<string, EnvValue>>): Line {
  const lines = Object.entries(env).map(([name, value]) => ({
    raw: `${name}="${escapeValue(reveal(value))}"\n`,
    shown: value instanceof Secret ? `${name}=${value.toString()}\n` : `${name}="${escapeValue(value)}"\n`,
  }));
  return joinLines(lines, "");
}

function reveal(value: EnvValue): string {
  return value instanceof Secret ? value.reveal() : value;
}

function escapeValue(text: string): string {
  return text.replaceAll(/["\\$`]/g, String.raw`\$&`);
}

function hasPlaneEndNoncharacter(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code > 0xffff && (code & 0xfffe) === 0xfffe) return true;
  }
  return false;
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
