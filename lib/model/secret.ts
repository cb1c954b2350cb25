/** Values of these lengths are masked where they stand as a word; in parts of words they stand by chance. */
const word = { shortest: 4, longest: 5 };

/** A value that runs raw and prints as `[secret]`: in output, errors, JSON and Node's inspector. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  /** What `console.log` and `util.inspect` show (Node's util documentation, "Custom inspection functions"). */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}

/** By name or by form (`scheme://user:password@…`): might this value be secret, though nobody said so? */
export function looksSecret(name: string, value: string): boolean {
  const byName = /secret|token|passw|passphrase|credential|private|dsn|api_?key|access_?key|(^|_)(key|pass|pw|auth)$/i;
  return byName.test(name) || /:\/\/[^/@\s]*:[^/@\s]+@/.test(value);
}

/** Takes secrets out of a text that others wrote: an app or a hook may print what it was given, whole or a line of it. */
export function maskSecrets(text: string, values: readonly unknown[]): string {
  const parts = revealed(values).flatMap((value) => [value, ...value.split(/\r?\n/)]);
  return parts.reduce((masked, part) => {
    // Shorter ones would make any text unreadable, and say where they are.
    if (part.length < word.shortest) return masked;
    return masked.replaceAll(part.length > word.longest ? part : wholeWord(part), "[secret]");
  }, text);
}

/** The length of the longest secret among values; 0 where there is none. */
export function longestSecret(values: readonly unknown[]): number {
  return Math.max(0, ...revealed(values).map((value) => value.length));
}

function revealed(values: readonly unknown[]): readonly string[] {
  return values.filter((value) => value instanceof Secret).map((value) => value.reveal());
}

function wholeWord(part: string): RegExp {
  const escaped = part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  return new RegExp(String.raw`(?<![\p{L}\p{N}_])${escaped}(?![\p{L}\p{N}_])`, "gu");
}
