import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseTarget } from "../lib/target-url.ts";

test("a web address is kept, normalized", () => {
  assert.is(parseTarget(" HTTPS://Example.com/ä b "), "https://example.com/%C3%A4%20b");
});

const refused: readonly (readonly [input: unknown, sentence: RegExp])[] = [
  [undefined, /give a web address/],
  [" ", /give a web address/],
  [7, /give a web address/],
  ["example.com", /not a complete web address/],
  ["javascript:alert(1)", /Only http and https/],
  ["file:///etc/passwd", /Only http and https/],
  [`https://example.com/${"a".repeat(2048)}`, /longer than 2048/],
];

for (const [input, sentence] of refused) {
  test(`${String(input).slice(0, 40)} is refused with a sentence`, () => {
    assert.throws(() => parseTarget(input), sentence);
  });
}

test.run();
