import { test } from "uvu";
import * as assert from "uvu/assert";
import { linesOf } from "../../lib/remote/lines.ts";

async function* pieces(...texts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield typeof text === "string" ? new TextEncoder().encode(text) : text;
}

async function lines(longest: number, ...texts: readonly (string | Uint8Array)[]): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const some of linesOf(pieces(...texts), longest)) all.push(...some);
  return all;
}

test("lines are whole, wherever the pieces end", async () => {
  assert.equal(await lines(100, "on", "e\ntw", "o\n\nthree"), ["one", "two", "", "three"]);
});

test("a character that is cut in two is whole again", async () => {
  const euro = new TextEncoder().encode("€\n");
  assert.equal(await lines(100, euro.slice(0, 1), euro.slice(1)), ["€"]);
});

test("a line without an end comes in parts", async () => {
  assert.equal(await lines(4, "abcdefghij", "kl\nm"), ["abcd", "efgh", "ijkl", "m"]);
});

test("nothing is no line", async () => {
  assert.equal(await lines(4), []);
});

test.run();
