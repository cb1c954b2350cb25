import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseArgv } from "../../lib/cli/argv.ts";
import { commandText } from "../../lib/cli/commands/exec.ts";
import { verbHelp } from "../../lib/cli/help.ts";
import { verbs } from "../../lib/cli/verbs.ts";
import { UserError } from "../../lib/errors.ts";

/** Stage, operand, command and values of a command line, or the problems that it has. */
function parse(...line: readonly string[]): unknown {
  try {
    const parsed = parseArgv(line, verbs);
    if (parsed.kind !== "intent") return parsed.kind;
    const { stage, operand, command, values } = parsed.intent;
    return [stage, operand, command, values];
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
}

for (const [line, expected] of [
  [
    ["ssh", "production"],
    ["production", undefined, [], {}],
  ],
  [
    ["ssh", "production", "web1"],
    ["production", "web1", [], {}],
  ],
  [["ssh", "production", "web1", "web2"], ['ssh: unexpected argument "web2". Usage: bgdeploy ssh [<stage>] [host]']],
  [
    ["completion", "zsh"],
    [undefined, "zsh", [], {}],
  ],
  [["completion"], ["completion needs bash or zsh or fish: bgdeploy completion bash|zsh|fish"]],
  [
    ["exec", "production", "--only", "h1", "--", "ls", "-n", "--", "--only"],
    ["production", undefined, ["ls", "-n", "--", "--only"], { only: ["h1"] }],
  ],
  [["exec", "production"], ["exec needs a command: bgdeploy exec [<stage>] -- COMMAND…"]],
  [
    ["exec", "production", "uptime"],
    [
      'exec: unexpected argument "uptime". Put the command after --: bgdeploy exec [<stage>] -- COMMAND…',
      "exec needs a command: bgdeploy exec [<stage>] -- COMMAND…",
    ],
  ],
  [
    ["status", "production", "--watch"],
    ["production", undefined, [], { watch: ["2s"] }],
  ],
  [
    ["status", "--watch", "production"],
    ["production", undefined, [], { watch: ["2s"] }],
  ],
  [
    ["status", "--watch", "5s", "production"],
    ["production", undefined, [], { watch: ["5s"] }],
  ],
  [
    ["logs", "production", "-f", "-n", "007"],
    ["production", undefined, [], { lines: ["007"] }],
  ],
] as const) {
  test(`bgdeploy ${line.join(" ")}`, () => assert.equal(parse(...line), expected));
}

test("the help shows what may follow", () => {
  const usage = (name: string): string =>
    verbHelp(verbs.find((verb) => verb.name === name) ?? { ...verbs[0]! }).split("\n")[0] ?? "";
  assert.equal(
    ["ssh", "exec", "completion"].map((name) => usage(name)),
    [
      "bgdeploy ssh [<stage>] [host] [flags]",
      "bgdeploy exec [<stage>] [flags] -- COMMAND…",
      "bgdeploy completion bash|zsh|fish [flags]",
    ],
  );
});

for (const [words, text] of [
  [["uptime"], "{ uptime\n} 2>&1"],
  [["df -h | tail -n 1 # the root"], "{ df -h | tail -n 1 # the root\n} 2>&1"],
  [["ls", "a b", "$HOME", "it's"], `{ ls 'a b' '$HOME' 'it'\\''s'\n} 2>&1`],
] as const) {
  test(`exec -- ${words.join(" ")}`, () => assert.is(commandText(words), text));
}

test.run();
