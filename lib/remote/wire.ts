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
    let given = 0;
    const give = (end: number): void => {
      if (end > given) received.push({ kind: "output", text: rest.slice(given, end) });
      given = end;
    };
    let from = 0;
    for (;;) {
      const start = rest.indexOf(opening, from);
      if (start === -1) break;
      const inner = start + opening.length;
      const text = rest.slice(inner, inner + longest);
      const end = text.indexOf(closing);
      if (end === -1 && text.length < longest) break;
      from = end === -1 ? inner : inner + end + 1;
      // What does not end in time is none of ours.
      if (end === -1) continue;
      give(start);
      given = from;
      const words = text.slice(0, end).split(" ");
      received.push({ kind: "mark", words });
      if (words[0] === "end") opening = openingOf(later);
    }
    give(from + safeLength(rest.slice(from), opening));
    rest = rest.slice(given);
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

/** Characters of a mark between its two ends; ours have 20 at most. A host that never closes one must not be waited for. */
const longest = 64;

/** How much of the text can be no part of a mark that is still arriving. */
function safeLength(text: string, opening: string): number {
  const whole = text.indexOf(opening);
  if (whole !== -1) return whole;
  // What opens a mark stands nowhere else in it.
  const start = text.lastIndexOf(opening.slice(0, 1));
  return start !== -1 && opening.startsWith(text.slice(start)) ? start : text.length;
}
