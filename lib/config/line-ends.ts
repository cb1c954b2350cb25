/** Does a text have the line ends of Windows? A few lines may end in a CR on purpose, as in what a script writes. */
export function windowsLines(text: string): boolean {
  const lines = text.split("\n").slice(0, -1);
  return lines.length > 0 && lines.filter((line) => line.endsWith("\r")).length * 2 > lines.length;
}
