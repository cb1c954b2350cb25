/** What came back from the host's shell: output of the running command, or one of our marks. */
export type Received =
  | { readonly kind: "output"; readonly text: string }
  | { readonly kind: "mark"; readonly words: readonly string[] };

/** The words that open a mark: `first` until the first mark `end`, `later` from there on. */
export type MarkWords = { readonly first: string; readonly later: string };

/**
 * Cuts the stream of a host's shell into output and marks.
 *
 * A mark begins with the session's secret word, so no command's output can be taken for one. The word that opens the
 * session is no secret on the host, where anyone sees the words of a process: nothing of others is in the output yet.
 */
export function makeWire({ first, later }: MarkWords): (chunk: string) => readonly Received[] {
  let opening = openingOf(first);
  let rest = "";
  return (chunk) => {
    const received: Received[] = [];
    rest += chunk;
    for (;;) {
      const start = rest.indexOf(opening);
      const end = start === -1 ? -1 : rest.indexOf(closing, start + opening.length);
      if (end === -1) break;
      if (start > 0) received.push({ kind: "output", text: rest.slice(0, start) });
      const words = rest.slice(start + opening.length, end).split(" ");
      received.push({ kind: "mark", words });
      rest = rest.slice(end + 1);
      if (words[0] === "end") opening = openingOf(later);
    }
    const safe = safeLength(rest, opening);
    if (safe > 0) received.push({ kind: "output", text: rest.slice(0, safe) });
    rest = rest.slice(safe);
    return received;
  };
}

/**
 * A mark as the host's shell prints it. There is no newline in it, since bash writes at each of them: every write is a
 * packet for both ends.
 *
 * @example markOf("bg0123", "done 0 1") // "<bg0123 done 0 1>"
 */
export function markOf(word: string, text: string): string {
  return `${openingOf(word)}${text}${closing}`;
}

function openingOf(word: string): string {
  return `<${word} `;
}

const closing = ">";

/** How much of the text can be no part of a mark that is still arriving. */
function safeLength(text: string, opening: string): number {
  const whole = text.indexOf(opening);
  if (whole !== -1) return whole;
  // What opens a mark stands nowhere else in it.
  const start = text.lastIndexOf(opening.slice(0, 1));
  return start !== -1 && opening.startsWith(text.slice(start)) ? start : text.length;
}
