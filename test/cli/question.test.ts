import { test } from "uvu";
import * as assert from "uvu/assert";
import { readLine } from "../../lib/cli/completion/question.ts";
import { verbs } from "../../lib/cli/verbs.ts";

/** What is asked for a line; `_` is the empty word that one is about to type. */
function asked(line: string): string {
  const { words, ask, stage, typed, before, config } = readLine(
    line.split(" ").map((word) => (word === "_" ? "" : word)),
    verbs,
  );
  const known = words.map(([word]) => word).filter((word) => word.startsWith(typed));
  const about = [ask, stage === undefined ? "" : `of ${stage}`, config === undefined ? "" : `in ${config}`];
  return [
    ask === undefined ? known.map((word) => before + word).join(" ") : about.filter((each) => each !== "").join(" "),
  ]
    .join("")
    .concat(ask !== undefined && (typed || before) ? ` ${before}${typed}…` : "");
}

for (const [line, expected] of [
  ["ro", "rollback"],
  ["st", "status"],
  ["status _", "stages"],
  ["status pro", "stages pro…"],
  ["status production _", ""],
  ["status production --wa", "--watch"],
  ["status --watch _", "stages"],
  ["logs production --variant _", "blue green live"],
  ["logs production --variant=g", "--variant=green"],
  ["logs production --fo", "--follow"],
  ["logs production --follow --fo", ""],
  ["logs production --only _", "hosts of production"],
  ["logs production --only = h", "hosts of production h…"],
  ["logs production --only =", "hosts of production"],
  ["logs production --only=h", "hosts of production --only=h…"],
  ["run production --only h1 --on", "--only"],
  ["run production --join _", "hosts of production"],
  ["run production --role w", "roles of production w…"],
  ["run -c other.ts production --only _", "hosts of production in other.ts"],
  ["run --config=other.ts _", "stages in other.ts"],
  ["run -c _", "files"],
  ["-c other.ts run _", "stages in other.ts"],
  ["rollback production --to _", "releases of production"],
  ["rollback production --to 2025", "releases of production 2025…"],
  ["ssh production _", "hosts of production"],
  ["ssh production h1 _", ""],
  ["exec production -- ls _", "files of production"],
  ["completion _", "bash zsh fish"],
  ["completion z", "zsh"],
  ["tasks --", "--config --json --help"],
] as const) {
  test(`bgdeploy ${line}: ${expected || "nothing"}`, () => assert.is(asked(line), expected));
}

test("each command is offered, with what it does", () => {
  assert.equal(
    readLine([""], verbs).words,
    verbs.map(({ name, help }) => [name, help]),
  );
});

test.run();
