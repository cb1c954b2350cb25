/** A text to look for. `goesOn`: it may stand right behind the part of the same value before it, and is one with it. */
export type Form = {
  readonly text: string;
  readonly goesOn: boolean;
  /** In base64 a character at its end may hold bits of it and of what follows; those and the padding go with it. */
  readonly isBase64: boolean;
};

/** Values of up to these lengths are looked for as words; in parts of words they stand by chance. */
export const word = { shortest: 4, longest: 5 };

/** Characters. A longer value is looked for in parts of this length, so that a text can be cut where it is not one. */
const longestPart = 126;

/** Bytes in a line of base64: base64(1) makes 76 characters of them, PEM 64. */
const lines = [57, 48];

/**
 * The forms in which a secret value travels: as it is, each of its lines, the password of a URL; within JSON, shell words, our
 * environment file, URLs and HTML; in base64 at each alignment, and in hex.
 */
export function formsOf(value: string): readonly Form[] {
  const parts = new Set([value, value.trim(), ...value.split(/\r?\n/), ...passwordIn(value)]);
  return [...parts].flatMap((part) => partForms(part));
}

function partForms(part: string): readonly Form[] {
  if (part.length < word.shortest) return [];
  const whole = part.length <= word.longest;
  const parts = partsOf(part).flatMap((text, index) => {
    // The rest of a long value may be a few characters, which stand anywhere.
    if (index > 0 && text.length <= word.longest) return [];
    const plain = written(text).map((each) => ({ text: each, goesOn: index > 0, isBase64: false }));
    return whole ? plain : [...plain, ...encoded(text, index > 0)];
  });
  return [...parts, ...lines.flatMap((size) => linesOf(part, size)).map((text) => inBase64(text, false))];
}

function partsOf(text: string): readonly string[] {
  if (text.length <= longestPart) return [text];
  const characters = Array.from(text);
  const count = Math.ceil(characters.length / longestPart);
  return Array.from({ length: count }, (_, index) =>
    characters.slice(index * longestPart, (index + 1) * longestPart).join(""),
  );
}

/** As texts that escape some of their characters have it. */
function written(text: string): readonly string[] {
  const json = inJson(text);
  const ascii = json.replaceAll(/[\u0080-\uFFFF]/g, escapedUnit);
  const url = inUrl(text);
  const forms = [
    text,
    text.replaceAll("\n", "\r\n"),
    json,
    inJson(json),
    json.replaceAll("/", String.raw`\/`),
    ascii,
    ascii.replaceAll(/\\u[\da-f]{4}/g, (unit) => String.raw`\u${unit.slice(2).toUpperCase()}`),
    // Python, YAML and nginx's log.
    json.replaceAll(String.raw`\"`, '"'),
    // Double quotes of a shell, and so our environment file.
    text.replaceAll(/["\\$`]/g, String.raw`\$&`),
    text.replaceAll("'", String.raw`'\''`),
    text.replaceAll("'", `'"'"'`),
    inDollarQuotes(text),
    // nginx's logs.
    // oxlint-disable-next-line no-control-regex -- they are what is escaped
    text.replaceAll(/["\\\u0000-\u001F]|[^\u0000-\u007E]+/g, inBytes),
    ...byPrintf(text),
    ...url.flatMap((each) => [each, each.replaceAll(/%[\dA-F]{2}/g, (byte) => byte.toLowerCase())]),
    ...inHtml(text),
  ];
  return [...new Set(forms)];
}

function inBytes(text: string): string {
  const bytes = [...new TextEncoder().encode(text)];
  return bytes.map((byte) => String.raw`\x${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function escapedUnit(unit: string): string {
  return String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Within `$'…'`, as zx and bash write what `'…'` cannot. */
function inDollarQuotes(text: string): string {
  const named: Readonly<Record<string, string>> = { "\n": "n", "\r": "r", "\t": "t", "\f": "f", "\v": "v", "\0": "0" };
  return text.replaceAll(/[\\'\n\r\t\f\v\0]/g, (each) => `\\${named[each] ?? each}`);
}

/** bash's `printf %q`: what is special is escaped, `~` and `#` at the begin of a word only. */
function byPrintf(text: string): readonly string[] {
  const inside = text.replaceAll(/[ !"$&'()*,;<>?[\\\]^`{|}]/g, String.raw`\$&`);
  return [inside, inside.replace(/^[~#]/, String.raw`\$&`)];
}

function inUrl(text: string): readonly string[] {
  const component = encodeURIComponent(text.toWellFormed());
  const strict = component.replaceAll(/[!'()*]/g, percent);
  const form = strict.replaceAll("~", "%7E").replaceAll("%20", "+");
  const slashed = strict.replaceAll("%2F", "/");
  // What URL makes of a password (URL Standard, "userinfo percent-encode set").
  const password = component.replaceAll(/%2[456BC]/g, (byte) => decodeURIComponent(byte));
  return [component, strict, form, form.replaceAll("%2A", "*"), slashed, encodeURI(text.toWellFormed()), password];
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function inHtml(text: string): readonly string[] {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const quoted = escaped.replaceAll('"', "&quot;");
  return [escaped, ...["&#39;", "&#x27;", "&apos;"].map((mark) => quoted.replaceAll("'", mark))];
}

function encoded(text: string, goesOn: boolean): readonly Form[] {
  const bytes = bytesOf(text);
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const inside = [0, 1, 2].map((before) => insideOf(bytes, before));
  const coded = inside.flatMap((each) => [
    each,
    each.replaceAll("+", "-").replaceAll("/", "_"),
    encodeURIComponent(each),
    each.replaceAll("/", String.raw`\/`),
  ]);
  return [
    ...[hex, hex.toUpperCase()].map((each) => ({ text: each, goesOn, isBase64: false })),
    ...[...new Set(coded)].map((each) => inBase64(each, goesOn)),
  ];
}

function inBase64(text: string, goesOn: boolean): Form {
  return { text, goesOn, isBase64: true };
}

/** The base64 characters that hold bits of these bytes alone, where `before` bytes stand before them (of a group of three). */
function insideOf(bytes: readonly number[], before: number): string {
  const all = base64([...Array.from({ length: before }, () => 0), ...bytes]);
  return all.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
}

/** The whole lines of base64 of a text by itself. */
function linesOf(text: string, size: number): readonly string[] {
  if (text.length <= size) return [];
  const bytes = bytesOf(text);
  const count = Math.floor(bytes.length / size);
  return Array.from({ length: count }, (_, index) => base64(bytes.slice(index * size, (index + 1) * size)));
}

function bytesOf(text: string): readonly number[] {
  return [...new TextEncoder().encode(text)];
}

function base64(bytes: readonly number[]): string {
  return btoa(String.fromCharCode(...bytes));
}

/** The password of a URL, as it is written and as it is meant; unless it is a word that stands elsewhere in it too, as in trials. */
function passwordIn(value: string): readonly string[] {
  const [, before = "", written = "", after = ""] =
    /^([a-z][\w+.-]*:\/\/[^/@\s:]*):([^@\s]+)@(\S*)$/i.exec(value) ?? [];
  if (written.length < 8 || `${before} ${after}`.includes(written)) return [];
  return [written, decoded(written)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
