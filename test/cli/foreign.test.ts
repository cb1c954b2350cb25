import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseArgv } from "../../lib/cli/argv.ts";
import { verbs } from "../../lib/cli/verbs.ts";
import { UserError } from "../../lib/errors.ts";

/** What is said of a command line that is refused. */
function said(...line: readonly string[]): string {
  try {
    parseArgv(line, verbs);
    return "understood";
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

for (const [line, own] of [
  ["redeploy production", "bgdeploy run production"],
  ["redeploy -d production", "bgdeploy run production"],
  ["redeploy", "bgdeploy run"],
  ["app logs production --since 1h", "bgdeploy logs production --since 1h"],
  ["app logs -f", "bgdeploy logs -f"],
  ["app boot production", "bgdeploy restart production"],
  ["app maintenance production", "bgdeploy maintenance production on"],
  ["app live", "bgdeploy maintenance off"],
  ["app exec uptime", "bgdeploy exec -- uptime"],
  ["server bootstrap", "bgdeploy setup"],
  ["details", "bgdeploy status"],
  ["lock release production", "bgdeploy unlock production"],
  ["deploy:check production", "bgdeploy doctor production"],
  ["deploy:unlock production", "bgdeploy unlock production"],
  ["production deploy", "bgdeploy run production"],
  ["production deploy:rollback", "bgdeploy rollback production"],
  ["production run --dry-run", "bgdeploy run production --dry-run"],
  ["production invoke uptime", "bgdeploy exec production -- uptime"],
  ["provision production", "bgdeploy setup production"],
  ["console production", "bgdeploy ssh production"],
  ["install", "bgdeploy init"],
] as const) {
  test(`bgdeploy ${line}: did you mean ${own}`, () => {
    const text = said(...line.split(" "));
    assert.is(/Did you mean:? (.+?)(\?|$)/m.exec(text)?.[1], own);
    assert.is(said(...own.split(" ").slice(1)), "understood");
  });
}

test("a word of no tool gets the list of commands", () => {
  assert.match(said("frobnicate", "production"), /^unknown command "frobnicate"\. It has: run, /);
});

for (const [line, flag] of [
  ["run --host h1", "only"],
  ["run production --hosts h1", "only"],
  ["status -H h1", "only"],
  ["logs --servers h1", "only"],
  ["prune --force", "yes"],
  ["setup --confirmed", "yes"],
  ["run --simulate", "dry-run"],
  ["rollback --version v1", "to"],
  ["run --revision v1", "version"],
  ["run --verbos", "verbose"],
] as const) {
  test(`bgdeploy ${line}: did you mean --${flag}`, () => {
    assert.match(
      said(...line.split(" ")),
      new RegExp(`^\\w+ has no flag --?\\w+\\. Did you mean --${flag}\\? Type: [^\\n]*$`),
    );
  });
}

test("a flag is only offered to a command that has it", () => {
  assert.is(said("status", "--force"), "status has no flag --force. Type: bgdeploy status --help");
  const key = "run has no flag --strict. Set strict: true in the config. Type: bgdeploy run --help";
  assert.is(said("run", "--strict"), key);
});

test.run();
