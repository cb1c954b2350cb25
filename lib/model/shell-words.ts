/** One word of a command line. */
export type ShellWord = {
  readonly text: string;
  /** Would a shell have put something in its place: `$NAME`, `$(…)` or backticks? */
  readonly isLive: boolean;
  /** Has it an operator of the shell in it, such as `|` or `;`, which is not quoted? */
  readonly isOperator: boolean;
};

/** The words of a text, or what keeps it from being read. */
export type ShellWords =
  | { readonly words: readonly ShellWord[]; readonly problem?: undefined }
  | { readonly words?: undefined; readonly problem: string };

/** One piece after the other: the first pattern that fits here. What is captured is the text that it stands for. */
const pieces: readonly (readonly [kind: "gap" | "plain" | "double" | "live" | "bare", RegExp])[] = [
  ["gap", /[ \t\r\n]+/y],
  ["plain", /\\\r?\n()/y],
  ["plain", /\\([^])/y],
  ["plain", /'([^']*)'/y],
  ["double", /"((?:[^"\\]|\\[^])*)"/y],
  ["live", /(\$\([^)]*\))|(`[^`]*`)/y],
  ["bare", /([^\s\\'"`$]+)/y],
  ["live", /(\$[\w{@*?!#$-]?)/y],
];

/**
 * Splits a text into words as a POSIX shell would (2.2, Quoting), and executes nothing: `$` and backticks stay as they
 * are, operators such as `|` are plain characters.
 *
 * @example splitWords("-F 'infra/ssh config'").words // [{ text: "-F", … }, { text: "infra/ssh config", … }]
 */
export function splitWords(text: string): ShellWords {
  const words: ShellWord[] = [];
  let word: ShellWord | undefined;
  for (let index = 0; index < text.length;) {
    const piece = pieceAt(text, index);
    if (piece === undefined) return { problem: problemAt(text, index) };
    index = piece.end;
    if (piece.kind === "gap") {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    // A line that goes on is no word.
    if (piece.isContinuation) continue;
    word = {
      text: (word?.text ?? "") + piece.text,
      isLive: word?.isLive === true || piece.isLive,
      isOperator: word?.isOperator === true || piece.isOperator,
    };
  }
  return { words: word === undefined ? words : [...words, word] };
}

type Piece = ShellWord & {
  readonly kind: "gap" | "word";
  readonly isContinuation: boolean;
  readonly end: number;
};

function pieceAt(text: string, index: number): Piece | undefined {
  for (const [kind, pattern] of pieces) {
    pattern.lastIndex = index;
    const match = pattern.exec(text);
    if (match === null) continue;
    const inner = match.slice(1).find((each) => each !== undefined) ?? "";
    return {
      kind: kind === "gap" ? "gap" : "word",
      text: kind === "double" ? inDoubleQuotes(inner) : inner,
      isLive: kind === "live" || (kind === "double" && /(^|[^\\])[$`]/.test(inner)),
      isOperator: kind === "bare" && /[|&;<>()]/.test(inner),
      isContinuation: /^\\\r?\n$/.test(match[0]),
      end: index + match[0].length,
    };
  }
  return undefined;
}

/** There a backslash is one but before these characters (POSIX 2.2.3). */
function inDoubleQuotes(inner: string): string {
  return inner.replaceAll(/\\([$`"\\]|\r?\n)/g, (_, next: string) => (next.endsWith("\n") ? "" : next));
}

function problemAt(text: string, index: number): string {
  const at = text.charAt(index);
  if (at === "\\") return "ends in a backslash with nothing after it";
  const names: Readonly<Record<string, string>> = { "'": "single quote", '"': "double quote", "`": "backtick" };
  // Not what follows it: that may be a secret.
  return `has a ${names[at] ?? "parenthesis"} that is not closed, at character ${index + 1}`;
}
