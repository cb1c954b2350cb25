import { test } from "uvu";
import * as assert from "uvu/assert";
import { Secret } from "../../lib/model/secret.ts";
import type { Environments } from "../../lib/plan/env-diff.ts";
import { compareEnvironments } from "../../lib/plan/env-diff.ts";

const compare = (
  next: Environments["next"],
  live: Readonly<Record<string, string>> | undefined,
  options: { readonly secrets?: readonly string[]; readonly same?: Environments["same"]; readonly show?: boolean } = {},
): readonly string[] => {
  const { secrets = [], same = next, show = false } = options;
  const variables = live === undefined ? undefined : new Map(Object.entries(live));
  return compareEnvironments({ next, same, live: variables, secrets }, show).map(({ sign, text }) => `${sign} ${text}`);
};

test("equal, changed, new and gone; of what the config does not know the name alone", () => {
  assert.equal(compare({ A: "1", B: "2", C: "3" }, { A: "1", B: "old", GONE: "x" }), [
    "  A=1",
    "~ B: old → 2",
    "+ C=3",
    "- GONE",
  ]);
  assert.equal(compare({}, { GONE: "x y" }, { show: true }), ['- GONE="x y"']);
});

test("where the live one cannot be read there is nothing to compare", () => {
  assert.equal(compare({ A: "1", S: new Secret("hush-hush") }, undefined, { secrets: ["S"] }), [
    "  A=1",
    "  S=[secret]",
  ]);
});

test("what belongs to the slot is no difference: it is compared with what the live one would get", () => {
  assert.equal(compare({ PORT: "8002" }, { PORT: "8001" }, { same: { PORT: "8001" } }), ["  PORT=8002"]);
  assert.equal(compare({ PORT: "9002" }, { PORT: "8001" }, { same: { PORT: "9001" } }), ["~ PORT: 8001 → 9001"]);
});

test("values of secrets are never shown, old or new, not even with show", () => {
  const secrets = ["SAME", "ROTATED", "FRESH", "UNSET", "NEVER"];
  const next = { SAME: new Secret("value-1"), ROTATED: new Secret("value-2"), FRESH: new Secret("value-3") };
  const live = { SAME: "value-1", ROTATED: "value-0", UNSET: "value-4" };
  for (const show of [false, true]) {
    assert.equal(compare(next, live, { secrets, show }), [
      "  SAME=[secret]",
      "~ ROTATED: changed [secret]",
      "+ FRESH=[secret]",
      "  UNSET=[secret] (not set on this machine: not compared)",
      "+ NEVER=[secret]",
    ]);
  }
});

test("a variable that became a secret, or was one, does not show what it was", () => {
  assert.equal(compare({ S: new Secret("new-value") }, { S: "old-value" }, { show: true }), ["~ S: changed [secret]"]);
  assert.equal(compare({ API_KEY: "from a file" }, { API_KEY: "old-value" }), ["~ API_KEY: changed [hidden]"]);
});

test("what looks secret is hidden, unless it is asked for", () => {
  const next = { SESSION_TOKEN: "abc", DB: "postgres://me:pw@db/x", KEYBOARD: "qwerty", MONKEY: "1", AUTH: "x" };
  assert.equal(compare(next, undefined), [
    "  SESSION_TOKEN=[hidden]",
    "  DB=[hidden]",
    "  KEYBOARD=qwerty",
    "  MONKEY=1",
    "  AUTH=[hidden]",
  ]);
  assert.is(compare(next, undefined, { show: true })[1], "  DB=postgres://me:pw@db/x");
  assert.equal(compare({ DB: "sqlite:x" }, { DB: "postgres://me:pw@db/x" }), ["~ DB: changed sqlite:x"]);
});

test("a value is one line that steers no terminal, and not a long one", () => {
  assert.equal(compare({ A: "a\nb\u001B[31m \u202Ec\u009B2J" }, undefined), [String.raw`  A="a\nb\u001b[31m c"`]);
  assert.equal(compare({ A: "x".repeat(1000) }, undefined), [`  A=${"x".repeat(120)} … (1000 characters)`]);
});

test.run();
