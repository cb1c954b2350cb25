import { Console } from "node:console";
import { PassThrough } from "node:stream";
import { format, inspect } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { longestSecret, maskSecrets, Secret } from "../../lib/model/secret.ts";

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

const masks: readonly (readonly [string, string, string])[] = [
  ["a long one anywhere", "sesame", "opensesame1 [secret]"],
  ["one of five characters as a word", "hunt3", "hunt3r (hunt3) hunt3_ xhunt3 hunt3"],
  ["one of four characters as a word", "1234", "41234 1234, 12345 PIN=1234."],
  ["one with characters of patterns", "a.c*", "a.c* abcc xa.c*"],
  ["a shorter one not at all", "abc", "abc"],
];
const masked: readonly string[] = [
  "open[secret]1 [secret]",
  "hunt3r ([secret]) hunt3_ xhunt3 [secret]",
  "41234 [secret], 12345 PIN=[secret].",
  "[secret] abcc xa.c*",
  "abc",
];
for (const [index, [what, value, text]] of masks.entries()) {
  test(`masked in a text: ${what}`, () => {
    const given = text.replaceAll("[secret]", value);
    assert.is(maskSecrets(given, [new Secret(value)]), masked[index]);
  });
}

test("the longest secret counts, others do not", () => {
  assert.is(longestSecret([new Secret("ab"), "a plain text", new Secret("abcd")]), 4);
  assert.is(longestSecret(["a plain text"]), 0);
});

test.run();
