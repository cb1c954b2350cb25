import { test } from "uvu";
import * as assert from "uvu/assert";
import { didYouMean, suggest } from "../../lib/config/suggest.ts";

const commands = ["run", "plan", "rollback", "status", "releases", "production"];

const table: readonly (readonly [word: string, suggestion: string | undefined])[] = [
  ["rnu", "run"],
  ["plam", "plan"],
  ["rolback", "rollback"],
  ["statsu", "status"],
  ["prod", "production"],
  ["PLAN", "plan"],
  ["relaeses", "releases"],
  ["xyz", undefined],
  ["p", undefined],
  ["", undefined],
];

for (const [word, suggestion] of table) {
  test(`"${word}" suggests ${suggestion ?? "nothing"}`, () => {
    assert.is(suggest(word, commands), suggestion);
  });
}

test("the nearest wins", () => {
  assert.is(suggest("web3", ["wab4", "web1", "web31"]), "web1");
});

test("is a sentence, or nothing at all", () => {
  assert.is(didYouMean("rnu", commands), ' Did you mean "run"?');
  assert.is(didYouMean("xyz", commands), "");
});

test.run();
