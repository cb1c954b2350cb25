/**
 * Takes out what could steer a terminal: escape sequences (ECMA-48), control characters but newline and tab, and
 * Unicode's marks that reverse the direction of text. Of a line that was overwritten by carriage returns, the last
 * state stays.
 */
export function printable(text: string): string {
  return text
    .replaceAll(escapeSequences, "")
    .split("\n")
    .map((line) => lastState(line))
    .join("\n")
    .replaceAll(controls, "");
}

/** The same on one line: for what others wrote into a sentence of ours, where a line of theirs would pass for ours. */
export function oneLine(text: string): string {
  return printable(text).replaceAll(/[\n\t]+/g, " ");
}

/** Takes out also what is not seen, so that a name looks like what it is; separators of lines become blanks. */
export function visible(text: string): string {
  return printable(text)
    .replaceAll(/[\u2028\u2029]/g, " ")
    .replaceAll(unseen, "");
}

/** By hand: a pattern such as `[^\n]*\r` takes minutes for one line of a megabyte. */
function lastState(line: string): string {
  let end = line.length;
  while (line[end - 1] === "\r") end -= 1;
  return line.slice(line.lastIndexOf("\r", end - 1) + 1, end);
}

/** CSI (colours, cursor), OSC/DCS/PM/APC/SOS strings up to their end, and the two-character ones. */
const escapeSequences =
  // oxlint-disable-next-line no-control-regex
  /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]?|(?:\u001B[\]PX^_]|[\u0090\u0098\u009D-\u009F])[^\u0007\u001B\u009C\n]*(?:\u0007|\u001B\\|\u009C)?|\u001B[ -/]*[0-~]?/g;

// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;

/** Zero width, and marks of direction. Joiners stay: emoji and some scripts need them. */
const unseen = /[\u061C\u200B\u200E\u200F\u2060-\u206F\uFEFF]/g;
