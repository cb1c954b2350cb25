import { visible } from "../model/printable.ts";
import { withoutCommands } from "./ci-commands.ts";

/** What one output lets through. It goes by what was written before: a line may come in parts. */
export type Guard = {
  /** Words for people. Nothing in them steers the terminal but what begins with our `seal`, and no line is a command of a CI. */
  words(text: string): string;
  /** What others write past us. Colours stay; where `steers`, the cursor moves too. */
  others(text: string, steers: boolean): string;
  /** Our own lines, which are made for a program and hold nothing of others unescaped. */
  own(text: string): string;
};

/** `seal`: stands for `ESC [` in our own sequences; nobody can guess it. `isCi`: a CI reads the output. */
export function makeGuard(seal: string, isCi: boolean): Guard {
  let line = "";

  /** Of the line that has not ended, the part that what follows may make a command of. */
  function follow(text: string): void {
    const last = (line + text).slice(-4096);
    const open = last.slice(last.lastIndexOf("\n") + 1);
    // oxlint-disable-next-line no-control-regex
    line = /^(?:\s|\u001B\[[\d;]*m)*:?$/.test(open) ? open : (/##?\w{0,20}$/.exec(open)?.[0] ?? "x");
  }

  function defuse(text: string): string {
    if (!isCi || text === "") return text;
    const safe = withoutCommands(line + text).slice(line.length);
    follow(safe);
    return safe;
  }

  return {
    words: (text) => defuse(steering.test(text) ? sealed(text, seal) : text.replaceAll(seal, "\u001B[")),
    others: (text, steers) =>
      cursor.includes(text) ? text : defuse(steering.test(text) ? passing(text, steers) : text),
    own(text) {
      if (isCi) follow(text);
      return text;
    },
  };
}

function sealed(text: string, seal: string): string {
  const [first = "", ...others] = text.split(seal);
  const parts = others.map((part) => {
    const own = /^[\d;?]*[A-Za-z]/.exec(part)?.[0] ?? "";
    return `${own === "" ? "" : `\u001B[${own}`}${visible(part.slice(own.length))}`;
  });
  return `${visible(first)}${parts.join("")}`;
}

/** A colour that was left open would go on in what we write, and what cannot be seen too. */
function passing(text: string, steers: boolean): string {
  let [safe, end, isOpen] = ["", 0, false];
  for (const { 0: sequence, index } of text.matchAll(steers ? drawn : coloured)) {
    safe += `${visible(text.slice(end, index))}${sequence}`;
    end = index + sequence.length;
    isOpen = !steers && !reset.test(sequence);
  }
  return `${safe}${visible(text.slice(end))}${isOpen ? "\u001B[0m" : ""}`;
}

/** Something of this is in few texts: they are looked through once. */
const steering =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF]/;

// oxlint-disable-next-line no-control-regex
const coloured = /\u001B\[[\d;:]*m/g;

/** What log-update and readline move the cursor with, hide it, and draw a frame at once (ansi-escapes, node:readline). */
// oxlint-disable-next-line no-control-regex
const drawn = /\u001B\[(?:[\d;:]*m|\d*[ABCDEFGJK]|\?25[hl]|\?2026[hl])|\r(?=\n)/g;

/** listr2 shows and hides it also where it does not draw. */
const cursor: readonly string[] = ["\u001B[?25h", "\u001B[?25l"];

// oxlint-disable-next-line no-control-regex
const reset = /^\u001B\[0*m$/;
