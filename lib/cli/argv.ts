import mri from "mri";
import { didYouMean, suggest } from "../config/suggest.ts";
import { UserError } from "../errors.ts";
import { parseDuration } from "../model/duration.ts";
import type { Flag } from "./flags.ts";
import { flags } from "./flags.ts";
import { ownLine, ownPair } from "./foreign-commands.ts";
import { ownFlag } from "./foreign-flags.ts";
import type { Intent } from "./intent.ts";
import { spellOut } from "./spell.ts";
import type { Verb } from "./verb.ts";

/** What the command line turned out to be. */
export type Parsed =
  | { readonly kind: "intent"; readonly intent: Intent; readonly verb: Verb }
  | { readonly kind: "help"; readonly verb: Verb | undefined }
  | { readonly kind: "version" };

/**
 * Reads argv. Pure. Throws a `UserError` for an unknown verb or flag, a missing value, or a word too many.
 *
 * mri takes numbers out of values that it does not know as strings, so every flag with a value is named to it; what else
 * it would read amiss, `spellOut` spells out.
 */
export function parseArgv(line: readonly string[], verbs: readonly Verb[]): Parsed {
  const verb = verbIn(line, verbs);
  const end = verb?.command === true && line.includes("--") ? line.indexOf("--") : line.length;
  const [argv, command] = [line.slice(0, end), line.slice(end + 1)];
  const known: readonly Flag[] = [...(verb?.flags ?? []), flags.help];
  const withValue = known.filter(({ value }) => value !== undefined);
  if (!verb && argv.some((word) => word === "--version" || word === "-V")) return { kind: "version" };

  const spelled = spellOut(withFallbacks(argv, known), known);
  const parsed = mri([...spelled.argv], {
    string: withValue.map(({ name }) => name),
    boolean: known.filter(({ value }) => value === undefined).map(({ name }) => name),
    alias: Object.fromEntries(known.flatMap((flag) => (flag.short === undefined ? [] : [[flag.short, flag.name]]))),
  });
  const { _: words, ...given } = parsed;
  const [first = ""] = words;
  if ([given["help"]].flat().includes(true) || first === "help" || argv.length === 0)
    return { kind: "help", verb: verb ?? verbs.find(({ name }) => name === words[1]) };
  if (verb?.name !== first || !verb) {
    if (first === "") throw new UserError(`no command given. Type: bgdeploy --help`);
    const names = verbs.map(({ name }) => name);
    const own = ownLine(line.slice(line.indexOf(first)), names);
    if (own !== undefined) throw new UserError(`unknown command "${first}". Did you mean: ${own}`);
    throw new UserError(`unknown command "${first}".${didYouMean(first, names)} It has: ${names.join(", ")}`);
  }
  const problems = [
    ...unknownFlags(spelled.argv, given, known, verb),
    ...spelled.problems,
    ...missingValues(given, withValue),
    ...wordProblems(words.slice(1).map(String), verb).map((problem) => withOwn(problem, words.map(String))),
    ...commandProblems(command, verb),
  ];
  if (problems.length > 0) throw new UserError(problems);
  const values = Object.fromEntries(
    withValue
      .filter(({ name, words: count }) => given[name] !== undefined && count === undefined)
      .map(({ name }) => [name, spelled.values[name] ?? [given[name] as unknown].flat().map(String)]),
  );
  const switches = new Set(
    known
      .filter(({ name, value }) => value === undefined && [given[name]].flat().includes(true))
      .map(({ name }) => name),
  );
  const rest = words.slice(1).map(String);
  const [stage, operand] = verb.stage && !isOperand(rest, verb) ? rest : [undefined, rest[0]];
  const { pairs } = spelled;
  const intent = { verb: verb.name, stage, values, switches, pairs, words: rest, operand, command };
  return { kind: "intent", verb, intent };
}

/** The value of a flag may stand before the verb (`-c FILE run production`): which flags have one, the verb tells. */
export function verbIn(line: readonly string[], verbs: readonly Verb[]): Verb | undefined {
  return line.map((word) => verbs.find(({ name }) => name === word)).find((found) => found !== undefined);
}

/** `--watch` alone or `--watch 5s`: what stands next may be the stage. */
function withFallbacks(argv: readonly string[], known: readonly Flag[]): readonly string[] {
  return argv.map((word, index) => {
    const fallback = known.find(({ name }) => word === `--${name}`)?.fallback;
    return fallback === undefined || parseDuration(argv[index + 1] ?? "") !== undefined ? word : `${word}=${fallback}`;
  });
}

/** To mri `--no-x` is `x` set to false; none of our flags is taken back so. */
function unknownFlags(
  argv: readonly string[],
  given: Readonly<Record<string, unknown>>,
  known: readonly Flag[],
  verb: Verb,
): readonly string[] {
  const names = known.map(({ name }) => name);
  const letters = known.flatMap(({ short }) => short ?? []);
  const negated = argv.filter((word) => word.startsWith("--no-")).map((word) => word.slice(2));
  const unknown = Object.keys(given).filter(
    (name) => !names.includes(name) && !letters.includes(name) && !negated.includes(`no-${name}`),
  );
  return [...negated, ...unknown].map((name) => {
    if (name === "json" && verb.noJson !== undefined) return `${verb.name} has no --json: ${verb.noJson}`;
    const dashes = name.length === 1 ? "-" : "--";
    return `${verb.name} has no flag ${dashes}${name}.${meant(name, names)} Type: bgdeploy ${verb.name} --help`;
  });
}

function meant(typed: string, names: readonly string[]): string {
  if (typed === "strict") return " Set strict: true in the config.";
  const own = ownFlag(typed, names) ?? suggest(typed, names);
  return own === undefined ? "" : ` Did you mean --${own}?`;
}

function missingValues(given: Readonly<Record<string, unknown>>, withValue: readonly Flag[]): readonly string[] {
  return withValue
    .filter(({ name }) => [given[name]].flat().some((value) => value === "" || value === true))
    .map(({ name, value }) => `--${name} needs a value: --${name} ${value}`);
}

function wordProblems(words: readonly string[], verb: Verb): readonly string[] {
  const { name, stage, operand } = verb;
  if (verb.words !== undefined) return [];
  const [first, ...others] = words.slice(stage && !isOperand(words, verb) ? 1 : 0);
  const choices = operand?.split("|") ?? [];
  const isOptional = operand === undefined || operand.startsWith("[");
  if (!isOptional && (first === undefined || (stage && choices.length > 1 && !choices.includes(first)))) {
    return [`${name} needs ${choices.join(" or ")}${stage ? " after the stage" : ""}: ${usageOf(verb)}`];
  }
  const extra = operand === undefined && first !== undefined ? [first, ...others] : others;
  if (extra.length === 0) return [];
  const hint = verb.command === true ? ` Put the command after --: ${usageOf(verb)}` : "";
  return [`${name}: unexpected argument "${extra.join(" ")}".${hint === "" ? ` Usage: ${usageOf(verb)}` : hint}`];
}

function withOwn(problem: string, words: readonly string[]): string {
  const own = ownPair(words);
  return own === undefined ? problem : `${problem} Did you mean: ${own}`;
}

/** `maintenance off`: the stage is left out. A lone word of `[host]` is a stage: a host could have any name. */
function isOperand([first = "", ...others]: readonly string[], { operand = "" }: Verb): boolean {
  return others.length === 0 && operand.split("|").includes(first);
}

function commandProblems(command: readonly string[], verb: Verb): readonly string[] {
  return verb.command === true && command.length === 0 ? [`${verb.name} needs a command: ${usageOf(verb)}`] : [];
}

/** @example usageOf(exec) // "bgdeploy exec [<stage>] -- COMMAND…" */
export function usageOf({ name, stage, words: own, operand, command }: Verb, flags = ""): string {
  const words = [name, stage ? "[<stage>]" : (own ?? ""), operand ?? "", flags, command === true ? "-- COMMAND…" : ""];
  return `bgdeploy ${words.filter((word) => word !== "").join(" ")}`;
}
