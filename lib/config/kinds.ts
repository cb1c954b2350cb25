import type { Duration } from "../model/duration.ts";
import { parseDuration } from "../model/duration.ts";
import type { Hook } from "../model/hook.ts";
import type { Tasks } from "../model/task.ts";
import { at, show } from "./path.ts";
import type { Reader } from "./read.ts";
import { isObject, sound, unsound, value } from "./read.ts";

const isString = (given: unknown): given is string => typeof given === "string";

export function text(what: string, problem?: (text: string) => string | undefined): Reader<string> {
  return value(what, isString, (given) =>
    given === "" ? `expected ${what}, found an empty string` : problem?.(given),
  );
}

export const flag: Reader<boolean> = value("true or false", (given): given is boolean => typeof given === "boolean");

export function integer(least: number, most: number): Reader<number> {
  const what = most === Infinity ? `a whole number of at least ${least}` : `a whole number from ${least} to ${most}`;
  return value(
    what,
    (given): given is number => Number.isInteger(given) && Number(given) >= least && Number(given) <= most,
  );
}

/** One of a few words, or `false`. */
export function oneOf<const Word extends string | false>(words: readonly Word[]): Reader<Word> {
  const what = words.map((word) => show(word)).join(" or ");
  return value(what, (given): given is Word => words.some((word) => word === given));
}

/** How many hosts go together: `2`, or `"25%"`. */
export const batchSize: Reader<number | `${number}%`> = value(
  'a number of hosts, or a percentage such as "25%"',
  (given): given is number | `${number}%` =>
    typeof given === "number"
      ? Number.isInteger(given) && given > 0
      : isString(given) && /^([1-9]\d?|100)%$/.test(given),
);

/** A duration of at least so many milliseconds. */
export function duration(least: number): Reader<Duration> {
  return value(
    'a duration such as "250ms", "30s", "5m", "2h" or "30d"',
    (given): given is Duration => isString(given) && parseDuration(given) !== undefined,
    (given) => ((parseDuration(given) ?? 0) < least ? `${show(given)} is too short` : undefined),
  );
}

/** A hook, or a path. Whether there is a file is asked where the path is resolved. */
export const hookOrScript: Reader<Hook | string> = (given, path) => {
  if (isHook(given) || (isString(given) && given.trim() !== "")) return sound(given);
  return unsound(path, `expected hook("name", …) or the path of a bash script, found ${show(given)}`);
};

/** Tasks in lists in lists. One bad task makes the whole unsound: a run must not leave one out. */
export const tasks: Reader<Tasks> = (given, path) => {
  if (isTasks(given))
    return Array.isArray(given) && given.flat(Infinity).length === 0
      ? unsound(path, "contains no tasks")
      : sound(given);
  return { value: undefined, problems: taskProblems(given, path) };
};

function taskProblems(given: unknown, path: string): readonly string[] {
  if (Array.isArray(given)) return given.flatMap((each: unknown, index) => taskProblems(each, at(path, index)));
  if (isTasks(given)) return [];
  const advice =
    typeof given === "function"
      ? ". Call it, as in upload()"
      : isHook(given)
        ? ". Wrap it: hooks.pre(hook(…)) or hooks.post(hook(…))"
        : "";
  return [`${path}: expected a task, found ${isHook(given) ? "a hook" : show(given)}${advice}`];
}

function isTasks(given: unknown): given is Tasks {
  if (Array.isArray(given)) return given.every((each) => isTasks(each));
  return isObject(given) && isString(given["name"]) && typeof given["commands"] === "function";
}

function isHook(given: unknown): given is Hook {
  return isObject(given) && isString(given["name"]) && typeof given["run"] === "function";
}
