import type { Flag } from "./flags.ts";

/** argv as mri can read it, and the values that it cannot. */
export type Spelled = {
  readonly argv: readonly string[];
  /** Of flags that take two words. */
  readonly pairs: Readonly<Record<string, readonly (readonly [string, string])[]>>;
  /** Of flags whose value may begin with a dash. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly problems: readonly string[];
};

/**
 * Spells flags out, so that only one reading is left. Pure.
 *
 * mri knows no flag with two words, and takes what begins with a dash for a flag: such values are lifted out, and a
 * `--name=` stays in their place. It takes the word after a switch for its value, and numbers out of it (`--quiet 007`):
 * a switch becomes `--quiet=true`. Words after `--` are left as they are.
 */
export function spellOut(argv: readonly string[], known: readonly Flag[]): Spelled {
  const [spelled, problems]: [string[], string[]] = [[], []];
  const pairs: Record<string, (readonly [string, string])[]> = {};
  const values: Record<string, string[]> = {};
  let index = 0;
  for (; index < argv.length && argv[index] !== "--"; index += 1) {
    const word = argv[index] ?? "";
    const flag = known.find((each) => isSpelt(word, each));
    const inline = inlineValue(word, flag);
    if (flag === undefined) spelled.push(...ungroup(word, known));
    else if (flag.words === 2) {
      const pair = inline === undefined ? argv.slice(index + 1, index + 3) : splitPair(inline);
      if (inline === undefined) index += pair.length;
      const [first = "", second = ""] = pair;
      const problem = pairProblem(flag, pair, inline !== undefined, known);
      if (problem === undefined) (pairs[flag.name] ??= []).push([first, second]);
      else problems.push(problem);
      spelled.push(`--${flag.name}=lifted`);
    } else if (flag.takesDashes === true) {
      const value = inline ?? argv[(index += 1)];
      if (value !== undefined) (values[flag.name] ??= []).push(value);
      spelled.push(value === undefined ? `--${flag.name}` : `--${flag.name}=lifted`);
    } else spelled.push(spellFlag(word, flag));
  }
  return { argv: [...spelled, ...argv.slice(index)], pairs, values, problems };
}

function spellings({ name, short }: Flag): readonly string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}

function isSpelt(word: string, flag: Flag): boolean {
  const isGiven = spellings(flag).some((name) => word === name || word.startsWith(`${name}=`));
  return isGiven || isAttached(word, flag);
}

/** `-Finfra/ssh_config`, as ssh takes its own -F. */
function isAttached(word: string, { short, takesDashes }: Flag): boolean {
  return takesDashes === true && short !== undefined && word.startsWith(`-${short}`) && word.length > 2;
}

function inlineValue(word: string, flag: Flag | undefined): string | undefined {
  if (flag !== undefined && isAttached(word, flag) && word[2] !== "=") return word.slice(2);
  return word.includes("=") ? word.slice(word.indexOf("=") + 1) : undefined;
}

/** mri takes the values of `-e` alone where `-e` and `--env` are both given. */
function spellFlag(word: string, { name, value }: Flag): string {
  const long = word.replace(/^-[A-Za-z](?==|$)/, `--${name}`);
  return value === undefined && !long.includes("=") ? `${long}=true` : long;
}

/** `-yv` is `-y -v`, where both are switches. */
function ungroup(word: string, known: readonly Flag[]): readonly string[] {
  if (!/^-[A-Za-z]{2,}$/.test(word)) return [word];
  const letters = word.slice(1).split("");
  const switches = letters.flatMap((letter) => known.filter(({ short, value }) => short === letter && !value));
  return switches.length === letters.length ? switches.map(({ name }) => `--${name}=true`) : [word];
}

/** In one word with its flag, a pair is parted by an equals sign: `--port=blue=8000`. */
function splitPair(inline: string): readonly string[] {
  const [, first, second] = /^([^=]*)=([^]*)$/.exec(inline) ?? [];
  return first === undefined || second === undefined ? [inline] : [first, second];
}

function pairProblem(
  flag: Flag,
  pair: readonly string[],
  isInline: boolean,
  known: readonly Flag[],
): string | undefined {
  const [dashes, [one = "", two = ""]] = [`-${flag.short ?? `-${flag.name}`}`, (flag.value ?? "").split(" ")];
  const [first, second] = pair;
  const usage = `${dashes} ${one} ${two}`;
  if (first === undefined) return `${dashes} needs two words: ${usage}`;
  // A word that holds both would take the next argument with it.
  if (!isInline && first.includes("=")) {
    return `${dashes} ${first.slice(0, first.indexOf("="))}=…: write it as two words: ${usage}`;
  }
  if (!isInline && first.startsWith("-")) return `${dashes} needs two words: ${usage}. Found ${first}`;
  if (second === undefined) return `${dashes} ${first}: the ${two} is missing: ${usage}`;
  const isFlag = known.some((each) => spellings(each).includes(second));
  if (isInline || !isFlag) return undefined;
  return `${dashes} ${first}: the ${two} is missing, ${second} follows. Where it is meant: --${flag.name}=${first}=${second}`;
}
