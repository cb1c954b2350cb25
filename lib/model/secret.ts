/** Shorter values stand in any text by chance: to mask them would make it unreadable, and say where they are. */
const shortest = 6;

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

/** Takes secrets out of a text that others wrote: an app or a hook may print what it was given, whole or a line of it. */
export function maskSecrets(text: string, values: readonly unknown[]): string {
  const secrets = values.filter((value) => value instanceof Secret).map((value) => value.reveal());
  const parts = secrets.flatMap((value) => [value, ...value.split(/\r?\n/)]).filter((part) => part.length >= shortest);
  return parts.reduce((masked, part) => masked.replaceAll(part, "[secret]"), text);
}
