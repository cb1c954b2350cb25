import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { didYouMean } from "../../lib/config/suggest.ts";
import { verbs } from "../../lib/cli/verbs.ts";
import { answerOf, endOf, linesOf, of } from "../support/json-lines.ts";
import { bgdeploy } from "./support/fake-world.ts";

const test = suite("json");
const directory = mkdtempSync(join(tmpdir(), "bgdeploy-json-"));
const names = verbs.map(({ name }) => name);
test.before(() => {
  writeFileSync(
    join(directory, "good.config.ts"),
    'export default { app: "shop", version: "v1", stages: { production: { hosts: ["h1"] } } };\n',
  );
  writeFileSync(
    join(directory, "deploy.config.ts"),
    'export default { version: "v1", ports: { blue: 1 }, stages: { production: { hosts: ["h1"], drian: 1 } } };\n',
  );
});
test.after(() => rmSync(directory, { recursive: true }));

const wrong: readonly (readonly [string, readonly string[], string | null, RegExp])[] = [
  ["a mistake in the config", ["run", "production", "--json"], "run", /drian/],
  ["a mistake in the config of a stage that is left out", ["run", "--json"], "run", /drian/],
  ["an unknown flag", ["run", "production", "--json", "--onyl", "h1"], null, /run has no flag --onyl/],
];
for (const [what, words, command, problem] of wrong) {
  test(`${what}, of a command that runs: a start and an end with exit code 2, and the sentence on stderr too`, async () => {
    const { code, stdout, stderr } = await bgdeploy(words, directory);
    const lines = linesOf(stdout);
    assert.equal([code, endOf(lines).exitCode, endOf(lines).outcome, lines.length], [2, 2, "usage", 2]);
    assert.is(of(lines, "start")[0]?.command, command);
    assert.match(endOf(lines).problems.join("\n"), problem);
    assert.match(stderr, problem);
  });
}

const refused = { v: 1, type: "error", command: null, stage: null, unreachable: [], exitCode: 2, outcome: "usage" };
const questions: readonly (readonly [string, readonly string[], object])[] = [
  ["an unknown command", ["rnu", "--json"], { problems: [unknownCommand()], next: [] }],
  [
    "an unknown flag",
    ["status", "production", "--json", "--onyl", "h1"],
    {
      problems: ["status has no flag --onyl. Did you mean --only? Type: bgdeploy status --help"],
      next: ["bgdeploy status --help"],
    },
  ],
  [
    "an unknown stage",
    ["tasks", "prod", "--json", "-c", "good.config.ts"],
    {
      command: "tasks",
      stage: "prod",
      problems: ['no stage "prod" in good.config.ts. Did you mean "production"? It has: production'],
      next: [],
    },
  ],
];
for (const [verb, ...rest] of [["ssh", "production"], ["completion", "bash"], ["init"]] as const) {
  test(`${verb} has no answer for a program, and says why`, async () => {
    const { code, stdout } = await bgdeploy([verb, ...rest, "--json"], directory);
    const { problems } = { problems: [""], ...answerOf(stdout) };
    assert.is(code, 2);
    assert.match(problems[0] ?? "", new RegExp(`^${verb} has no --json: it `));
  });
}

test("every other command takes --json", () => {
  const without = verbs.filter(({ flags }) => !flags.some(({ name }) => name === "json")).map(({ name }) => name);
  assert.equal(without.toSorted(), ["completion", "init", "ssh"]);
});

for (const [what, words, more] of questions) {
  test(`${what}, of a command that answers: one document in place of the answer`, async () => {
    const { code, stdout, stderr } = await bgdeploy(words, directory);
    const { problems } = { problems: [], ...more };
    assert.equal(answerOf(stdout), { ...refused, ...more });
    assert.equal([code, stderr], [2, `bgdeploy: ${problems.join("\n")}\n`]);
  });
}

function unknownCommand(): string {
  return `unknown command "rnu".${didYouMean("rnu", names)} It has: ${names.join(", ")}`;
}

test("--json behind -- is a word of another command", async () => {
  const { stdout } = await bgdeploy(["rnu", "--", "curl", "--json", "x"], directory);
  assert.is(stdout, "");
});

test("help is for people", async () => {
  const { stdout } = await bgdeploy(["run", "--json", "--help"], directory);
  assert.match(stdout, "bgdeploy run [<stage>]");
});

test.run();
