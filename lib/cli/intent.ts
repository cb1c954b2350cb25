/** What the command line asks for, understood but not yet checked against a config. */
export type Intent = {
  readonly verb: string;
  readonly stage: string | undefined;
  /** Values of the flags that were given, by name. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly switches: ReadonlySet<string>;
};

/** The last value of a flag, or `undefined`. */
export function valueOf(intent: Intent, name: string): string | undefined {
  return intent.values[name]?.at(-1);
}
