import { spawnSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Secret } from "../../lib/model/secret.ts";
import { joinLines, quote, rawLine, sh } from "../../lib/model/shell.ts";

const words: readonly (readonly [string, string])[] = [
  ["plain", "plain"],
  ["/opt/shop/versions/2025_05_13T00_00_00-v1.0", "/opt/shop/versions/2025_05_13T00_00_00-v1.0"],
  ["shop@blue.service", "shop@blue.service"],
  ["a=b,c:d+e%f", "a=b,c:d+e%f"],
  ["-n", "-n"],
  ["", "''"],
  ["two words", "'two words'"],
  ["it's", `'it'\\''s'`],
  ["'", `''\\'''`],
  ["$HOME", "'$HOME'"],
  ["`id`", "'`id`'"],
  ["a\nb", "'a\nb'"],
  ["~", "'~'"],
  ["#", "'#'"],
  ["*", "'*'"],
  ["{a,b}", "'{a,b}'"],
  ["!", "'!'"],
  ["\\", "'\\'"],
  ["ä", "'ä'"],
];

for (const [word, quoted] of words) {
  test(`the word ${JSON.stringify(word)} is quoted as ${JSON.stringify(quoted)}`, () => assert.is(quote(word), quoted));
}

test("a word with a NUL character is refused, for no argument can carry it", () => {
  assert.throws(() => quote("a\0b"), "a shell word cannot hold a NUL character");
});

for (const shell of ["sh", "dash", "bash"]) {
  test(`300 hostile words come back unchanged through ${shell}`, () => {
    const hostile = hostileWords(300);
    assert.equal(through(shell, hostile), hostile);
  });
}

test("fish gives hostile words back too, as long as none has a backslash", () => {
  if (spawnSync("fish", ["--version"]).error) return;
  const hostile = hostileWords(300).filter((word) => !word.includes("\\"));
  assert.equal(through("fish", hostile), hostile);
});

test("a template quotes words, spreads lists, splices lines and leaves numbers", () => {
  const line = sh`mv -T ${"/a b"} ${["c", "d e"]} ${rawLine("&& ls")} ${8001}`;
  assert.equal(line, { raw: "mv -T '/a b' c 'd e' && ls 8001", shown: "mv -T '/a b' c 'd e' && ls 8001" });
});

test("an empty list leaves no word", () => assert.is(sh`ls ${[]}.`.raw, "ls ."));

test("a template keeps backslashes as JavaScript reads them: \\n is a newline", () => {
  assert.is(sh`a\nb`.raw, "a\nb");
});

test("a secret runs raw and shows masked, also through lines in lines", () => {
  const inner = sh`login ${new Secret("it's hush")}`;
  assert.equal(sh`${inner} now`, { raw: `login 'it'\\''s hush' now`, shown: "login [secret] now" });
});

test("joined lines keep what runs and what shows apart", () => {
  const lines = [sh`a ${new Secret("x")}`, rawLine("b")];
  assert.equal(joinLines(lines, " && "), { raw: "a x && b", shown: "a [secret] && b" });
  assert.equal(joinLines([], "\n"), { raw: "", shown: "" });
});

/** What a shell makes of the quoted words: the words again, each ended by NUL. */
function through(shell: string, hostile: readonly string[]): readonly string[] {
  const script = sh`printf '%s\\0' ${hostile}`.raw;
  const { stdout } = spawnSync(shell, ["-c", script], { encoding: "utf8", maxBuffer: 1e8 });
  return stdout.split("\0").slice(0, -1);
}

/** Always the same words: a failure can be seen again. */
function hostileWords(count: number): readonly string[] {
  const pieces = [
    ...Array.from("'\"\\$`!*?[]{}()<>|&;#~=%^-+,./: \t\n\r"),
    "\u0001",
    "\u001B",
    "ä",
    "😀",
    "$(id)",
    "a",
    "Z",
    "0",
    "''",
    "\\'",
  ];
  let seed = 42;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  return Array.from({ length: count }, () =>
    Array.from({ length: random(12) }, () => pieces[random(pieces.length)]).join(""),
  );
}

test.run();
