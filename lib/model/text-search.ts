/** Where a text was found. */
export type Found<P> = { readonly from: number; readonly to: number; readonly pattern: P };

/**
 * Finds any of many texts in one pass, from left to right: of those that begin at one place the longest. A text without any of
 * them is passed over in steps of almost the shortest one (Wu and Manber, "A fast algorithm for multi-pattern searching").
 *
 * It takes time in proportion to the text, whatever stands in it, as long as patterns are short: an alternation of a regular
 * expression tries every pattern at every place.
 */
export function textSearch<P extends { readonly text: string }>(patterns: readonly P[]): (text: string) => Found<P>[] {
  const shortest = Math.min(...patterns.map(({ text }) => text.length));
  if (patterns.length === 0 || shortest < 2) return () => [];
  const steps = new Uint8Array(size).fill(Math.min(shortest - 1, 255));
  const heads = new Map<number, P[]>();
  for (const pattern of patterns.toSorted((a, b) => b.text.length - a.text.length)) {
    for (let end = 1; end < shortest; end += 1) {
      const pair = pairAt(pattern.text, end);
      steps[pair] = Math.min(steps[pair] ?? 0, shortest - 1 - end);
      if (end === shortest - 1) heads.set(pair, [...(heads.get(pair) ?? []), pattern]);
    }
  }
  return (text) => {
    const all: Found<P>[] = [];
    let end = shortest - 1;
    while (end < text.length) {
      const pair = pairAt(text, end);
      const step = steps[pair] ?? 0;
      if (step > 0) {
        end += step;
        continue;
      }
      const from = end - shortest + 1;
      const pattern = heads.get(pair)?.find((each) => standsAt(text, from, each.text));
      if (pattern === undefined) {
        end += 1;
        continue;
      }
      const to = from + pattern.text.length;
      all.push({ from, to, pattern });
      end = to + shortest - 1;
    }
    return all;
  };
}

/** What repeats the begin of a pattern mostly lacks its end. */
function standsAt(text: string, from: number, pattern: string): boolean {
  const last = pattern.length - 1;
  return text.charCodeAt(from + last) === pattern.charCodeAt(last) && text.startsWith(pattern, from);
}

const size = 1 << 16;

/** Of two characters in a row a number below `size`: for ASCII its own. */
function pairAt(text: string, end: number): number {
  return ((text.charCodeAt(end - 1) << 7) ^ text.charCodeAt(end)) & (size - 1);
}
