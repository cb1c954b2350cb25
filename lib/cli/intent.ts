/** What the command line asks for, understood but not yet checked against a config. */
export type Intent = {
  readonly verb: string;
  readonly stage: string | undefined;
  /** The stage was not typed: it is the config's only one. */
  readonly isStageLeftOut?: boolean;
  /** Values of the flags that were given, by name. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly switches: ReadonlySet<string>;
  /** Values of the flags that take two words, by name. */
  readonly pairs: Readonly<Record<string, readonly (readonly [string, string])[]>>;
  /** The words after the command, of a command that takes others than a stage. */
  readonly words: readonly string[];
  /** What stands after the stage: a host, a shell. */
  readonly operand?: string | undefined;
  /** The words after `--`: a command for the hosts. */
  readonly command?: readonly string[];
};

/** The last value of a flag, or `undefined`. */
export function valueOf(intent: Intent, name: string): string | undefined {
  return intent.values[name]?.at(-1);
}
