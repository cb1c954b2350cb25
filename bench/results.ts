import { readFile } from "node:fs/promises";
import { UsageError } from "./options.ts";
import type { Record } from "./record.ts";

const kinds = { machine: true, startups: true, sample: true, memory: true } satisfies {
  readonly [kind in Record["kind"]]: true;
};

/** What a bench has written: a record a line, or the array of them that the docs hold. Throws `UsageError`. */
export async function readResults(path: string): Promise<readonly Record[]> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  const whole = json(text);
  const records = Array.isArray(whole) ? whole : text.split("\n").filter(Boolean).map(json);
  if (records.length > 0 && records.every(isRecord)) return records;
  throw new UsageError(
    `${path} holds no results of a bench: expected a JSON object a line, or an array as docs/benchmarks.json has it`,
  );
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record {
  return typeof value === "object" && value !== null && "kind" in value && Object.hasOwn(kinds, String(value.kind));
}
