/** Where the reader stands in a line, as systemd's own does (parse_env_file, env-file.c). */
type Place = "before" | "plain" | "single" | "double";

/**
 * The variables of a text that systemd reads as an `EnvironmentFile=` (systemd.exec(5)): ours, koyo's, or one by
 * hand. The last value of a name wins; lines that are none are left out. Before version 254 a backslash at the end of a comment
 * made the next line part of it; here it does not.
 */
export function parseEnvironmentFile(text: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  let at = 0;
  while (at < text.length) {
    const start = skipBlank(text, at);
    const lineEnd = endOfLine(text, start);
    // What stands first is a part of the name, whatever it is. A search through all that follows, for each line, would take minutes.
    const equals = start + 1 + text.slice(start + 1, lineEnd).indexOf("=");
    if (equals === start || /[#;]/.test(text.charAt(start))) {
      at = lineEnd + 1;
      continue;
    }
    const { value, end } = readValue(text, equals + 1);
    const [name = ""] = /^[A-Za-z_]\w*(?=[ \t]*$)/.exec(text.slice(start, equals)) ?? [];
    if (name !== "") variables.set(name, value);
    at = end + 1;
  }
  return variables;
}

/** A value, quoted or not, and where its line ends. White space after an unquoted one is no part of it. */
function readValue(text: string, from: number): { readonly value: string; readonly end: number } {
  let place: Place = "before";
  let value = "";
  let solid = 0;
  for (let at = from; at < text.length; at += 1) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    if (place === "single" || place === "double") {
      if (character === (place === "single" ? "'" : '"')) place = "before";
      else if (character === "\\" && place === "double") {
        value += unescape(next);
        at += 1;
      } else value += character;
      solid = value.length;
    } else if (/[\n\r]/.test(character)) return { value: value.slice(0, solid), end: at };
    else if (character === "\\") {
      place = "plain";
      value += /[\n\r]/.test(next) ? "" : next;
      solid = value.length;
      at += 1;
    } else if (place === "before" && (character === "'" || character === '"')) {
      place = character === "'" ? "single" : "double";
    } else if (!/[ \t]/.test(character)) {
      place = "plain";
      value += character;
      solid = value.length;
    } else if (place === "plain") value += character;
  }
  return { value: value.slice(0, solid), end: text.length };
}

/** In double quotes a backslash stands before these, and joins lines; else it is itself. */
function unescape(next: string): string {
  if (next === "\n" || next === "") return "";
  return /["\\`$]/.test(next) ? next : `\\${next}`;
}

function skipBlank(text: string, from: number): number {
  let at = from;
  while (/[ \t\r\n]/.test(text.charAt(at))) at += 1;
  return at;
}

function endOfLine(text: string, from: number): number {
  return from + text.slice(from).search(/[\n\r]|$/);
}
