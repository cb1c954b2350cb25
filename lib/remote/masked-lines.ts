import { longestSecret, maskSecrets } from "../model/secret.ts";

/** A line longer than these characters is passed on in parts. */
const longest = 64 * 1024;

/**
 * Takes output as it arrives, in pieces that end anywhere, and passes on whole lines with the secrets masked: one that is cut by
 * the border of two pieces would not be seen. `flush` passes on a line that has not ended.
 */
export function maskedLines(
  secrets: readonly unknown[],
  pass: (text: string) => void,
): { add(text: string): void; flush(): void } {
  // Of a line that is passed on in parts, so much stays back that no secret lies across their border.
  const held = Math.max(1, longestSecret(secrets));
  let rest = "";
  const give = (text: string): void => {
    if (text !== "") pass(text);
  };
  return {
    add(text) {
      rest += text;
      // Many small pieces are joined at the end of their line.
      if (rest.length <= longest + held && !text.includes("\n") && !text.includes("\r")) return;
      const end = Math.max(rest.lastIndexOf("\n"), rest.lastIndexOf("\r")) + 1;
      give(maskSecrets(rest.slice(0, end), secrets));
      rest = rest.slice(end);
      if (rest.length <= longest + held) return;
      const masked = maskSecrets(rest, secrets);
      give(masked.slice(0, -held));
      rest = masked.slice(-held);
    },
    flush() {
      give(maskSecrets(rest, secrets));
      rest = "";
    },
  };
}
