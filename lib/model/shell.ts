import { Secret } from "./secret.ts";

/** A piece of shell text: what runs, and what may be shown (secrets masked). */
export type Line = { readonly raw: string; readonly shown: string };

/** What `sh` takes between `${` and `}`: words are quoted, a `Line` goes in as it is. */
export type Piece = string | number | Secret | Line | readonly string[];

/**
 * Quotes one word for any POSIX shell.
 *
 * Single quotes keep every character but themselves (POSIX 2.2.2); zx's own `quote` emits `$'…'`, which dash and fish
 * read differently. Throws on NUL, which no argument can carry.
 *
 * @example quote("it's") // 'it'\''s'
 */
export function quote(word: string): string {
  if (word.includes("\0")) throw new TypeError("a shell word cannot hold a NUL character");
  return /^[\w%+,./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * Shell text as a template: every `${}` is quoted as one word, an array as several, a `Line` is spliced unquoted.
 *
 * @example sh`mv -T ${from} ${to}`.raw // mv -T /a '/b c'
 */
export function sh(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Line {
  let raw = strings[0] ?? "";
  let shown = raw;
  for (const [index, piece] of pieces.entries()) {
    const next = strings[index + 1] ?? "";
    const line = lineOf(piece);
    raw += line.raw + next;
    shown += line.shown + next;
  }
  return { raw, shown };
}

/** Shell text that was written by hand, or made of lines: nothing is quoted. */
export function rawLine(text: string): Line {
  return { raw: text, shown: text };
}

/** Joins lines, for example with `" && "` or a newline. */
export function joinLines(lines: readonly Line[], separator: string): Line {
  return { raw: lines.map((line) => line.raw).join(separator), shown: lines.map((line) => line.shown).join(separator) };
}

function lineOf(piece: Piece): Line {
  if (typeof piece === "string") return rawLine(quote(piece));
  if (typeof piece === "number") return rawLine(String(piece));
  if (piece instanceof Secret) return { raw: quote(piece.reveal()), shown: String(piece) };
  if (isLine(piece)) return piece;
  return rawLine(piece.map((word) => quote(word)).join(" "));
}

function isLine(piece: Line | readonly string[]): piece is Line {
  return "raw" in piece;
}
