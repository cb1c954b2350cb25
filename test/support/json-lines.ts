import * as assert from "uvu/assert";
import type { Body, JsonEvent, events } from "../../lib/report/schema.ts";
import { shippedSchema, wrongIn } from "./json-schema.ts";

const schema = shippedSchema();

/** The lines of `--json`, each checked against the schema that is shipped; the first is `start`, and `end` is the last and only one. */
export function linesOf(stdout: string): readonly JsonEvent[] {
  assert.ok(stdout.endsWith("\n"), `whole lines: ${stdout.slice(-80)}`);
  const lines = stdout.trimEnd().split("\n");
  const all = lines.map((line) => JSON.parse(line) as JsonEvent);
  assert.equal(
    all.flatMap((line) => wrongIn(line, schema)),
    [],
  );
  const types = all.map(({ type }) => type);
  assert.equal([types[0], types.at(-1), types.filter((type) => type === "end").length], ["start", "end", 1]);
  return all;
}

/** The events of one type, in order. */
export function of<T extends keyof typeof events>(lines: readonly JsonEvent[], type: T): readonly Body<T>[] {
  return lines.filter((line) => line.type === type) as unknown as readonly Body<T>[];
}

/** The last line. */
export function endOf(lines: readonly JsonEvent[]): Body<"end"> {
  const [end] = of(lines, "end");
  if (!end) throw new Error("there is no end");
  return end;
}

/** The one document that answers a question, checked against the schema that is shipped; `at` aside. */
export function answerOf(stdout: string): object {
  assert.match(stdout, /^.+\n$/, "one line");
  const { at: _at, ...answer } = JSON.parse(stdout) as { readonly at: string };
  assert.equal(wrongIn(JSON.parse(stdout), schema), []);
  return answer;
}
