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
