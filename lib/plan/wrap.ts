/**
 * A line broken at its spaces, so that it fits; further lines are indented. A word that is longer than a line stays whole:
 * a path or a command is copied.
 */
export function wrap(line: string, columns: number | undefined, indent = 0): readonly string[] {
  if (columns === undefined || line.length <= columns) return [line];
  const start = /^ */.exec(line)?.[0] ?? "";
  const hang = " ".repeat(Math.max(indent, start.length));
  const lines: string[] = [];
  let current = "";
  for (const word of line.slice(start.length).split(" ")) {
    const before = current === "" ? (lines.length === 0 ? start : hang) : `${current} `;
    if (current !== "" && before.length + word.length > columns) {
      lines.push(current.trimEnd());
      current = `${hang}${word}`;
    } else current = `${before}${word}`;
  }
  return [...lines, current.trimEnd()];
}
