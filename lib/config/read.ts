import { didYouMean } from "./suggest.ts";
import { at, say, show } from "./path.ts";

/** What came of reading a value: its sound part, and a sentence for everything that was wrong. */
export type Reading<T> = { readonly value: T | undefined; readonly problems: readonly string[] };

/** Reads something of unknown shape; `path` is its place in the config. */
export type Reader<T> = (value: unknown, path: string) => Reading<T>;

type ValueOf<R> = R extends Reader<infer T> ? T : never;

type Shape = Readonly<Record<string, Reader<unknown>>>;

type ObjectOf<S extends Shape> = { readonly [Key in keyof S]?: ValueOf<S[Key]> };

export function sound<T>(value: T): Reading<T> {
  return { value, problems: [] };
}

export function unsound<T>(path: string, sentence: string): Reading<T> {
  return { value: undefined, problems: [say(path, sentence)] };
}

/**
 * A value of one kind. `problem` says what is wrong with one of the right type.
 *
 * @param what completes "expected …".
 */
export function value<T>(
  what: string,
  is: (value: unknown) => value is T,
  problem?: (value: T) => string | undefined,
): Reader<T> {
  return (given, path) => {
    if (!is(given)) return unsound(path, `expected ${what}, found ${show(given)}`);
    const sentence = problem?.(given);
    return sentence === undefined ? sound(given) : unsound(path, sentence);
  };
}

/** A list; the sound ones of its items are kept. */
export function list<T>(item: Reader<T>, what: string): Reader<readonly T[]> {
  return (given, path) => {
    if (!Array.isArray(given)) return unsound(path, `expected a list of ${what}, found ${show(given)}`);
    const readings = given.map((each: unknown, index) => item(each, at(path, index)));
    return {
      value: readings.flatMap((each) => (each.value === undefined ? [] : [each.value])),
      problems: join(readings),
    };
  };
}

/** An object with names of the user's choice. A key that is `undefined` is not there. */
export function dictionary<T>(
  entry: Reader<T>,
  what: string,
  keyProblem?: (key: string) => string | undefined,
): Reader<Readonly<Record<string, T>>> {
  return (given, path) => {
    if (!isObject(given)) return unsound(path, `expected an object of ${what}, found ${show(given)}`);
    const readings = present(given).map(([key, each]) => {
      const sentence = keyProblem?.(key);
      const reading: Reading<T> =
        sentence === undefined ? entry(each, at(path, key)) : unsound(at(path, key), sentence);
      return [key, reading] as const;
    });
    return { value: keep(readings), problems: join(readings.map(([, reading]) => reading)) };
  };
}

/**
 * An object with known keys, all of them optional.
 *
 * @param elsewhere what to say of a key that has its place somewhere else.
 */
export function object<S extends Shape>(
  shape: S,
  elsewhere: Readonly<Record<string, string>> = {},
): Reader<ObjectOf<S>> {
  return (given, path) => {
    if (!isObject(given)) return unsound(path, `expected an object, found ${show(given)}`);
    const readings = present(given).map(([key, each]) => {
      const reader = Object.hasOwn(shape, key) ? shape[key] : undefined;
      const reading = reader?.(each, at(path, key)) ?? unsound(at(path, key), unknownKey(key, shape, elsewhere));
      return [key, reading] as const;
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- types cannot follow the shape through `fromEntries`
    return { value: keep(readings) as ObjectOf<S>, problems: join(readings.map(([, reading]) => reading)) };
  };
}

export function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === "object" && given !== null && !Array.isArray(given) && !(given instanceof Promise);
}

function unknownKey(key: string, shape: Shape, elsewhere: Readonly<Record<string, string>>): string {
  if (Object.hasOwn(elsewhere, key)) return elsewhere[key] ?? "";
  const known = Object.keys(shape);
  const suggestion = didYouMean(key, known);
  const rest = known.length > 8 ? "" : ` Known: ${known.join(", ")}.`;
  return suggestion === "" ? `unknown key.${rest}` : `unknown key.${suggestion}`;
}

function present(given: Readonly<Record<string, unknown>>): readonly (readonly [string, unknown])[] {
  return Object.entries(given).filter(([, each]) => each !== undefined);
}

function keep<T>(readings: readonly (readonly [string, Reading<T>])[]): Readonly<Record<string, T>> {
  return Object.fromEntries(
    readings.flatMap(([key, { value }]) => (value === undefined ? [] : [[key, value] as const])),
  );
}

function join(readings: readonly Reading<unknown>[]): readonly string[] {
  return readings.flatMap((each) => each.problems);
}
