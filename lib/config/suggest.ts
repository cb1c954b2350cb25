/**
 * The candidate that was probably meant: one that starts with the word, or is at most two typing slips away (one, for
 * words of up to three letters).
 *
 * @example suggest("wbe1", ["web1", "db1"]) // "web1"
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const typed = word.toLowerCase();
  const slips = typed.length > 3 ? 2 : 1;
  let best: { readonly candidate: string; readonly rank: number } | undefined;
  for (const candidate of candidates) {
    const distance = distanceBetween(typed, candidate.toLowerCase());
    const isBeginning = typed.length > 1 && candidate.toLowerCase().startsWith(typed);
    const rank = distance <= slips && distance < candidate.length ? distance : isBeginning ? slips + 1 : undefined;
    if (rank !== undefined && (best === undefined || rank < best.rank)) best = { candidate, rank };
  }
  return best?.candidate;
}

/** A sentence to append to a message, with its leading space; empty when nothing comes near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const suggestion = suggest(word, candidates);
  return suggestion === undefined ? "" : ` Did you mean "${suggestion}"?`;
}

/** Damerau-Levenshtein (optimal string alignment): insertions, deletions, substitutions, and swapped neighbours. */
function distanceBetween(from: string, to: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const substitution = cell(last, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const swap = row > 1 && column > 1 && isSwap ? cell(beforeLast, column - 2) + 1 : Infinity;
      current.push(Math.min(substitution, swap, cell(last, column) + 1, cell(current, column - 1) + 1));
    }
    beforeLast = last;
    last = current;
  }
  return cell(last, to.length);
}

function cell(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
