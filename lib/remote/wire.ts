/** What came back from the host's shell: output of the running command, or one of our marks. */
export type Received =
  | { readonly kind: "output"; readonly text: string }
  | { readonly kind: "mark"; readonly words: readonly string[] };

/**
 * Cuts the stream of a host's shell into output and marks.
 *
 * A mark is a line of its own that begins with the session's secret word, so no command's output can be taken for one;
 * the newline before it is ours, not the command's.
 */
export function makeWire(word: string): (chunk: string) => readonly Received[] {
  const opening = `\n${word} `;
  let rest = "";
  return (chunk) => {
    const received: Received[] = [];
    rest += chunk;
    for (;;) {
      const start = rest.indexOf(opening);
      const end = start === -1 ? -1 : rest.indexOf("\n", start + opening.length);
      if (end === -1) break;
      if (start > 0) received.push({ kind: "output", text: rest.slice(0, start) });
      received.push({ kind: "mark", words: rest.slice(start + opening.length, end).split(" ") });
      rest = rest.slice(end + 1);
    }
    const safe = safeLength(rest, opening);
    if (safe > 0) received.push({ kind: "output", text: rest.slice(0, safe) });
    rest = rest.slice(safe);
    return received;
  };
}

/** How much of the text can be no part of a mark that is still arriving. */
function safeLength(text: string, opening: string): number {
  const whole = text.indexOf(opening);
  if (whole !== -1) return whole;
  for (let start = text.lastIndexOf("\n"); start !== -1 && text.length - start < opening.length;) {
    if (opening.startsWith(text.slice(start))) return start;
    if (start === 0) break;
    start = text.lastIndexOf("\n", start - 1);
  }
  return text.length;
}
