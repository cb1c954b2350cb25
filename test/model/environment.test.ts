import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { envProblem, envSizeProblem, environmentFile } from "../../lib/model/environment.ts";
import { Secret } from "../../lib/model/secret.ts";

const noncharacter = "holds a Unicode noncharacter, which systemd refuses and then logs";
const noName = "is not a valid variable name: use letters, digits and _, and do not start with a digit";

const problems: readonly (readonly [string, string, string | undefined])[] = [
  ["PORT", "8001", undefined],
  ["_x9", "", undefined],
  ["TEXT", 'two\nlines\r\t$x `y` "z" \\ # ä 😀 \uFEFF', undefined],
  ["", "x", noName],
  ["9LIVES", "x", noName],
  ["A-B", "x", noName],
  ["A B", "x", noName],
  ["Ä", "x", noName],
  ["A\n", "x", noName],
  ["TEXT", "a\0b", "holds a NUL character, which no environment can carry"],
  ["TEXT", "\uD83D", "holds half of a surrogate pair, which UTF-8 cannot carry"],
  ["TEXT", "\uDE00x", "holds half of a surrogate pair, which UTF-8 cannot carry"],
  ["TEXT", "\uFFFE", noncharacter],
  ["TEXT", "\uFFFF", noncharacter],
  ["TEXT", "\uFDD0", noncharacter],
  ["TEXT", "\uFDEF", noncharacter],
  ["TEXT", "\u{1FFFE}", noncharacter],
  ["TEXT", "\u{10FFFF}", noncharacter],
  ["TEXT", "\uFDCF\uFDF0\uFFFD\u{1FFFD}\u{10FFFD}", undefined],
  ["BIG", "x".repeat(127 * 1024), undefined],
  ["BIG", "x".repeat(127 * 1024 + 1), "is 130049 bytes long; systemd carries at most 130048"],
  ["BIG", "ä".repeat(65_025), "is 130050 bytes long; systemd carries at most 130048"],
];

for (const [name, value, problem] of problems) {
  const shown = JSON.stringify(`${name}=${value}`.slice(0, 40));
  test(`${shown} ${problem ?? "can be carried"}`, () => assert.is(envProblem(name, value), problem));
}

test("a secret is checked by its value, which the problem does not say", () => {
  assert.is(envProblem("TOKEN", new Secret("hush\0")), "holds a NUL character, which no environment can carry");
});

test("all values together must fit, names and separators counted", () => {
  const env = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`V${index}`, "x".repeat(127 * 1024)]));
  assert.is(envSizeProblem(env), undefined);
  const more = { ...env, A: new Secret("ä".repeat(6200)) };
  assert.is(envSizeProblem(more), "is 1573029 bytes in all; a process starts with at most 1572864");
});

test("a file has one assignment for each variable, with four characters escaped", () => {
  const line = environmentFile({ A: "plain", B: '"\\$`', C: "a\nb", D: "" });
  assert.is(line.raw, 'A="plain"\nB="\\"\\\\\\$\\`"\nC="a\nb"\nD=""\n');
  assert.is(line.shown, line.raw);
});

test("a secret stands in the file, and is masked where the file is shown", () => {
  const line = environmentFile({ URL: new Secret("postgres://me:hu$h@db"), A: "b" });
  assert.equal(line, { raw: 'URL="postgres://me:hu\\$h@db"\nA="b"\n', shown: 'URL=[secret]\nA="b"\n' });
});

test("no variables make an empty file", () => assert.equal(environmentFile({}), { raw: "", shown: "" }));

const hostile: Readonly<Record<string, string>> = {
  QUOTES: `it's "so"`,
  DOLLAR: "$HOME ${HOME} $(id) $$",
  BACKTICK: "`id`",
  BACKSLASH: "a\\b\\\\c\\",
  NEWLINE: "a\n\nb\n",
  CARRIAGE: "a\r\nb\r",
  CONTINUED: "a\\\nb",
  COMMENT: "# no comment ; neither",
  SPACES: "  around\t ",
  UNICODE: "ä → 😀 \u202E",
  CONTROL: "\u0001\u001B[31m\u007F",
  PERCENT: "%i %% %s",
  BANG: "!! !x",
  GLOB: "* ? [a] ~ {a,b}",
  LOOKS: 'A="b"\nB=c',
  EMPTY: "",
  BIG: "$\"'\\`\n".repeat(127 * 170),
};

test("bash reads a file back to the same values, however hostile", () => {
  const directory = mkdtempSync(join(tmpdir(), "bgdeploy-test-"));
  try {
    const file = join(directory, "environment");
    writeFileSync(file, environmentFile(hostile).raw);
    const names = Object.keys(hostile);
    const script = `. "$0"; for name; do printf '%s\\0' "\${!name}"; done`;
    const { stdout } = spawnSync("bash", ["-c", script, file, ...names], { encoding: "utf8", maxBuffer: 1e8 });
    const values = stdout.split("\0").slice(0, -1);
    assert.equal(Object.fromEntries(names.map((name, index) => [name, values[index]])), hostile);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.run();
