/** A script of this room as it travels: without its comments, empty lines and indents. No text in it goes over two lines. */
export function lean(script: string): string {
  return script
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .join("\n");
}
