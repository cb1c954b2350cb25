import { Console } from "node:console";
import { PassThrough } from "node:stream";
import { format, inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Secret } from "../../lib/model/secret.ts";

const secret = new Secret("hush");

const ways: readonly (readonly [string, () => string, string])[] = [
  ["String()", () => String(secret), "[secret]"],
  // oxlint-disable-next-line typescript/restrict-template-expressions -- that it may happen is what is tested
  ["a template", () => `${secret}`, "[secret]"],
  ["adding to a text", () => "=".concat(secret.toString()), "=[secret]"],
  ["JSON", () => JSON.stringify({ secret }), '{"secret":"[secret]"}'],
  ["util.inspect", () => inspect(secret), "[secret]"],
  [
    "util.inspect of an object with hidden fields",
    () => inspect({ secret }, { showHidden: true }),
    "{ secret: [secret] }",
  ],
  ["util.format", () => format("%s %j", secret, secret), '[secret] "[secret]"'],
  ["its keys", () => Object.keys(secret).join(), ""],
  // oxlint-disable-next-line typescript/restrict-template-expressions -- that it may happen is what is tested
  ["an error that carries it", () => new Error(`no login with ${secret}`).message, "no login with [secret]"],
];

for (const [way, show, shown] of ways) {
  test(`${way} shows ${shown === "" ? "nothing" : shown}`, () => assert.is(show(), shown));
}

test("the console shows [secret]", () => {
  const stream = new PassThrough();
  new Console(stream).log(secret, { deep: { secret } });
  assert.is(String(stream.read()), "[secret] { deep: { secret: [secret] } }\n");
});

test("what runs is revealed", () => assert.is(secret.reveal(), "hush"));

test("a structured clone carries nothing", () => {
  assert.not.match(inspect(structuredClone({ secret })), "hush");
});

test.run();
