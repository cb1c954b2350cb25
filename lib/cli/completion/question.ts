import type { Flag, Values } from "../flags.ts";
import { flags } from "../flags.ts";
import type { Verb } from "../verb.ts";

/** What may stand at the end of a command line. */
export type Question = {
  /** Words that are known at once; each with what it means. */
  readonly words: readonly (readonly [word: string, help: string])[];
  /** What the config, or a host, has to tell; `files`: the shell knows them itself. */
  readonly ask: Exclude<Values, readonly string[]> | "stages" | undefined;
  readonly stage: string | undefined;
  /** The file after `--config`. */
  readonly config: string | undefined;
  /** What was typed of the word, and what stands before it in the same word, as in `--only=h1`. */
  readonly typed: string;
  readonly before: string;
};

/** Works out what is asked. Pure. `line`: the words after the program's name; the last one is being typed, and may be empty. */
export function readLine(line: readonly string[], verbs: readonly Verb[]): Question {
  const { words, typed, before } = splitLast(line);
  const verb = words.map((word) => verbs.find(({ name }) => name === word)).find((found) => found !== undefined);
  const known: readonly Flag[] = [...(verb?.flags ?? [flags.config]), flags.help];
  const { operands, config, open } = readWords(words, known);
  const takesStage = verb?.stage === true || verb?.words === "[<stage>]";
  const [stage, ...further] = takesStage ? operands.slice(1) : [undefined, ...operands.slice(1)];
  const nothing = { words: [], ask: undefined, stage, config, typed, before };
  const values = (from: Values | undefined): Question => {
    if (from === undefined || typeof from === "string") return { ...nothing, ask: from };
    return { ...nothing, words: from.map((word) => [word, ""]) };
  };
  if (open !== undefined) return values(open.values);
  if (words.includes("--")) return { ...nothing, ask: "files" };
  if (typed.startsWith("-")) {
    const left = known.filter(({ name, many }) => many === true || !words.includes(`--${name}`));
    return { ...nothing, words: left.map(({ name, help }) => [`--${name}`, help]) };
  }
  if (verb === undefined) return { ...nothing, words: verbs.map(({ name, help }) => [name, help]) };
  if (takesStage && stage === undefined) return { ...nothing, ask: "stages" };
  if (verb.operand === undefined || further.length > 0) return nothing;
  return values(verb.operand === "[host]" ? "hosts" : verb.operand.split("|"));
}

/** bash takes `--only=h1` for three words. */
function joinEquals(line: readonly string[]): readonly string[] {
  return line.reduce<readonly string[]>((joined, word, index) => {
    const last = joined.at(-1) ?? "";
    const isRest = index > 1 && line[index - 1] === "=" && /^--[a-z-]+=$/.test(last);
    const isEqual = word === "=" && /^--[a-z-]+$/.test(last);
    return isRest || isEqual ? [...joined.slice(0, -1), last + word] : [...joined, word];
  }, []);
}

/** A value behind `=` is completed like one that stands alone. */
function splitLast(line: readonly string[]): { words: readonly string[]; typed: string; before: string } {
  const joined = joinEquals(line);
  const last = joined.at(-1) ?? "";
  const [, flag, value] = /^(--[a-z-]+)=(.*)$/s.exec(last) ?? [];
  const words = joined.slice(0, -1);
  if (flag === undefined || value === undefined) return { words, typed: last, before: "" };
  return { words: [...words, flag], typed: value, before: joined.length === line.length ? `${flag}=` : "" };
}

/** What stands for itself, and the flag whose value comes next. */
function readWords(
  words: readonly string[],
  known: readonly Flag[],
): { readonly operands: readonly string[]; readonly config: string | undefined; readonly open: Flag | undefined } {
  const operands: string[] = [];
  let config: string | undefined;
  let open: Flag | undefined;
  for (const word of words) {
    if (word === "--") break;
    if (open !== undefined) {
      if (open.name === flags.config.name) config = word;
      open = undefined;
      continue;
    }
    const [name = "", value] = word.split("=", 2);
    const flag = known.find((each) => name === `--${each.name}` || name === `-${each.short ?? "-"}`);
    if (flag?.name === flags.config.name && value !== undefined) config = value;
    if (flag?.value !== undefined && flag.fallback === undefined && value === undefined) open = flag;
    else if (!word.startsWith("-")) operands.push(word);
  }
  return { operands, config, open };
}
