import { UserError } from "../errors.ts";
import { parseDuration } from "../model/duration.ts";
import type { Intent } from "./intent.ts";
import { valueOf } from "./intent.ts";

/** The value of a flag that counts something; at least 1. Throws a `UserError`. */
export function countOf(intent: Intent, name: string): number | undefined {
  const text = valueOf(intent, name);
  if (text === undefined) return undefined;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new UserError(`--${name} ${text}: expected a number such as 100`);
  return count;
}

/** Milliseconds of a flag that takes a time. Throws a `UserError`. */
export function timeOf(intent: Intent, name: string, example: string): number | undefined {
  const text = valueOf(intent, name);
  if (text === undefined) return undefined;
  const time = parseDuration(text);
  if (time === undefined) throw new UserError(`--${name} ${text}: expected a duration such as ${example}`);
  return time;
}
