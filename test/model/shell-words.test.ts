import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { splitWords } from "../../lib/model/shell-words.ts";

const texts = (text: string): readonly string[] | string =>
  splitWords(text).words?.map((word) => word.text) ?? splitWords(text).problem ?? "";

/** Each is read as bash reads it. */
const lines: readonly string[] = [
  "",
  "  \t\n ",
  "-F infra/ssh_config",
  "-F  infra/ssh_config ",
  "-F 'infra/ssh config'",
  '-F "infra/ssh config"',
  "-o 'ProxyCommand=ssh -W %h:%p bastion'",
  String.raw`a\ b c\\d \'e\'`,
  String.raw`"a\"b" "c\\d" "e\nf" 'g\h'`,
  "''",
  `a'b'"c"d`,
  `"it's" 'say "hi"'`,
  "a \\\n  b\\\nc",
  `"a\\\nb"`,
  "'a\nb'",
  "ünï ‘c’",
  "--workers=4 -x",
  String.raw`\$HOME "\$HOME" '$HOME'`,
];

for (const line of lines) {
  test(`${JSON.stringify(line)} is split as bash splits it`, () => {
    const { stdout } = spawnSync("bash", ["-c", `printf '%s\\0' begin ${line}`], { encoding: "utf8" });
    assert.equal(["begin"].concat(texts(line)), stdout.split("\0").slice(0, -1));
  });
}

test("nothing is put in the place of anything, and operators are characters", () => {
  assert.equal(texts("$HOME ${A} $(touch /x) `touch /y` a|b ;c & * ~ {d,e} 5$"), [
    "$HOME",
    "${A}",
    "$(touch /x)",
    "`touch /y`",
    "a|b",
    ";c",
    "&",
    "*",
    "~",
    "{d,e}",
    "5$",
  ]);
});

test("a word in which a shell would have put something else is known", () => {
  const words = splitWords(String.raw`a$B "$C" "\$D" '$E' \$F $(g) "${"`h`"}" i`).words ?? [];
  assert.equal(
    words.filter(({ isLive }) => isLive).map(({ text }) => text),
    ["a$B", "$C", "$(g)", "`h`"],
  );
});

test("a word with an operator in it is known, where it is not quoted", () => {
  const words = splitWords(String.raw`a && b; '|' "c;" d\;e >f 2>&1 (g) h`).words ?? [];
  assert.equal(
    words.filter(({ isOperator }) => isOperator).map(({ text }) => text),
    ["&&", "b;", ">f", "2>&1", "(g)"],
  );
});

for (const [line, problem] of [
  ["-F 'infra/ssh_config", "has a single quote that is not closed, at character 4"],
  ['-o "a b', "has a double quote that is not closed, at character 4"],
  ["a `b", "has a backtick that is not closed, at character 3"],
  ["a \\", "ends in a backslash with nothing after it"],
  [String.raw`"a\"`, "has a double quote that is not closed, at character 1"],
] as const) {
  test(`${line} cannot be read, and why is said`, () => assert.is(texts(line), problem));
}

test.run();
