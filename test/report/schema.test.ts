import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { shippedSchema, wrongIn } from "../support/json-schema.ts";
import { kindsText, jsonSchema, toldKinds, unpadded } from "../support/schema.ts";

test("the schema that is shipped and the page are those of the events: else run `npm run schema`", () => {
  assert.equal(shippedSchema(), JSON.parse(JSON.stringify(jsonSchema())));
  assert.is(unpadded(toldKinds()), unpadded(kindsText()));
});

test("the package gives the schema to its users", () => {
  const { exports, files } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
  assert.is(exports["./events.schema.json"], "./docs/events.schema.json");
  assert.ok(files.includes("docs"));
});

const at = "2026-11-23T01:16:18.093Z";
const good = { v: 1, at, type: "warning", host: "h1", message: "nginx -t is skipped" };
const bad: readonly (readonly [string, object, RegExp])[] = [
  ["another version", { ...good, v: 2 }, /line\.v is not 1/],
  ["a time that is none", { ...good, at: "yesterday" }, /line\.at is no such text/],
  ["a field of another kind", { ...good, host: 7 }, /line\.host is no such text: 7/],
  ["a field that is missing", { v: 1, at, type: "warning", host: "h1" }, /line\.message is missing/],
  ["a field that is not described", { ...good, more: 1 }, /line\.more is not described/],
  ["an unknown type", { ...good, type: "rumour" }, /line is of no kind/],
  ["a wrong word", { v: 1, at, type: "end", exitCode: 7 }, /exitCode/],
];

test("a line that is right passes the check of the tests", () => assert.equal(wrongIn(good, shippedSchema()), []));

for (const [what, line, problem] of bad) {
  test(`${what} does not`, () => assert.match(wrongIn(line, shippedSchema()).join("\n"), problem));
}

test.run();
