import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { endOf, linesOf, of } from "../support/json-lines.ts";
import { bgdeploy } from "./support/fake-world.ts";

const test = suite("json");
const directory = mkdtempSync(join(tmpdir(), "bgdeploy-json-"));
test.before(() =>
  writeFileSync(
    join(directory, "deploy.config.ts"),
    'export default { version: "v1", ports: { blue: 1 }, stages: { production: { hosts: ["h1"], drian: 1 } } };\n',
  ),
);
test.after(() => rmSync(directory, { recursive: true }));

const wrong: readonly (readonly [string, readonly string[], string | null, RegExp])[] = [
  ["a mistake in the config", ["run", "production", "--json"], "run", /drian/],
  ["an unknown flag", ["run", "production", "--json", "--onyl", "h1"], null, /run has no flag --onyl/],
  ["an unknown command", ["rnu", "production", "--json"], null, /unknown command "rnu"/],
  ["a command without a stage", ["status", "--json"], null, /status needs a stage/],
  ["a command that has no events", ["vhost", "production", "--json"], null, /vhost has no flag --json/],
];
for (const [what, words, command, problem] of wrong) {
  test(`${what}: a start and an end with exit code 2, and the sentence on stderr too`, async () => {
    const { code, stdout, stderr } = await bgdeploy(words, directory);
    const lines = linesOf(stdout);
    assert.equal([code, endOf(lines).exitCode, endOf(lines).outcome, lines.length], [2, 2, "usage", 2]);
    assert.is(of(lines, "start")[0]?.command, command);
    assert.match(endOf(lines).problems.join("\n"), problem);
    assert.match(stderr, problem);
  });
}

test("--json behind -- is a word of another command", async () => {
  const { stdout } = await bgdeploy(["rnu", "--", "curl", "--json", "x"], directory);
  assert.is(stdout, "");
});

test("help is for people", async () => {
  const { stdout } = await bgdeploy(["run", "--json", "--help"], directory);
  assert.match(stdout, /^bgdeploy run <stage>/);
});

test.run();
