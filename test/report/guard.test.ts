import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeGuard } from "../../lib/report/guard.ts";
import { makePaint } from "../../lib/report/paint.ts";

const seal = "\uE000word";
const red = makePaint(seal)("red", "red");

/** What is let through of these pieces, by one of the ways. */
function through(
  pieces: readonly string[],
  { isCi = false, way = "words" }: { readonly isCi?: boolean; readonly way?: "words" | "others" | "drawing" } = {},
): string {
  const guard = makeGuard(seal, isCi);
  const pass = (text: string): string => (way === "words" ? guard.words(text) : guard.others(text, way === "drawing"));
  return pieces.map((piece) => pass(piece)).join("");
}

const steers: Readonly<Record<string, readonly [given: string, shown: string]>> = {
  "a title of the window": ["a\u001B]0;title\u0007b", "ab"],
  "a link, ended by ST": ["a\u001B]8;;http://x\u001B\\b", "ab"],
  "a device string": ["a\u001BP$q\u001B\\b", "ab"],
  "to clear the screen": ["a\u001B[2Jb\u009B2Jc", "abc"],
  "a colour": ["\u001B[31mred\u001B[0m", "red"],
  "a sequence that does not end": ["a\u001B[31", "a"],
  "backspaces and the bell": ["safe\b\b\b\bevil\u0007", "safeevil"],
  "a carriage return": ["h1 is down\rh1 is well", "h1 is well"],
  "C1 controls": ["a\u0085b\u0090c\u009Cd\u009Bme", "abde"],
  "reversed text": ["a\u202Eb\u2066c\u2069\u061Cd\u200Fe", "abcde"],
  "zero width": ["pro\u200Bduc\u2060ti\uFEFFon", "production"],
  "other separators of lines": ["a\u2028b\u2029c\vd\fe", "a b cde"],
};

for (const [what, [given, shown]] of Object.entries(steers)) {
  test(`taken out of words: ${what}`, () => assert.is(through([`${given}\n`]), `${shown}\n`));
}

test("newlines, tabs, joined emoji and other scripts stay", () => {
  const text = "a\tb\nÄ → 漢字 👩‍💻 می‌خواهم\n";
  assert.is(through([text]), text);
});

test("a sequence that comes in pieces loses its begin, and so its meaning", () => {
  assert.is(through(["a\u001B", "]0;title", "\u0007b\n"]), "a]0;titleb\n");
});

test("of our own paint the colours stay, whatever stands in it", () => {
  assert.is(through([`${red}\n`]), "\u001B[31mred\u001B[39m\n");
  const foreign = makePaint(seal)("red", "a\u001B[8mb\u001B]0;x\u0007c");
  assert.is(through([`${foreign}\u001B[32m\n`]), "\u001B[31mabc\u001B[39m\n");
});

test("without the seal nobody paints", () => {
  assert.is(through(["\uE00031mred \uE000wor\n"]), "\uE00031mred \uE000wor\n");
});

test("what others write keeps its colours, closed, and nothing else", () => {
  const others = (text: string): string => through([text], { way: "others" });
  assert.is(others("\u001B[1;31mred\u001B[0m\n"), "\u001B[1;31mred\u001B[0m\n");
  assert.is(others("\u001B[8mhidden\n"), "\u001B[8mhidden\n\u001B[0m");
  assert.is(others("a\u001B[2J\u001B]0;x\u0007b\u001B[1Ac\r\n\u001B[6n"), "abc\n");
  assert.is(others("\u001B[?25h"), "\u001B[?25h");
});

test("while a tree is drawn the cursor moves, and nothing else happens", () => {
  const drawn =
    "\u001B[?2026h\u001B[3A\u001B[G\u001B[2K\u001B[32m✔\u001B[39m done\u001B[K\n\u001B[1B\u001B[J\u001B[?2026l";
  assert.is(through([drawn], { way: "drawing" }), drawn);
  assert.is(through(["\u001B[2A\u001B[?1049h\u001B]0;x\u0007\u001Bc\u001B[5;5Hx"], { way: "drawing" }), "\u001B[2Ax");
});

const commands: Readonly<Record<string, readonly [given: readonly string[], shown: string]>> = {
  "at the begin of a line": [["::error::x\n"], ": :error::x\n"],
  "after blanks": [[" \t\u00A0::add-mask::x\n"], " \t\u00A0: :add-mask::x\n"],
  "after a colour": [[`${makePaint(seal)("red", "::error::x")}\n`], "\u001B[31m: :error::x\u001B[39m\n"],
  "behind a carriage return": [["x\r::error::x\n"], ": :error::x\n"],
  "behind what is not seen": [["\u200B::error::x\n"], ": :error::x\n"],
  "in pieces": [["a\n", " ", ":", ":error::x\n", "::", "set-output::\n"], "a\n : :error::x\n: :set-output::\n"],
  "of the older form, anywhere": [["see ##[error]x, ###[add-mask]y\n"], "see ## [error]x, ### [add-mask]y\n"],
  "of the older form, in pieces": [
    ["see #", "#", "[error]x\n", "##vs", "o[task.x]y\n"],
    "see ## [error]x\n##vso [task.x]y\n",
  ],
  "of Azure and TeamCity": [["##vso[task.x]y\n##teamcity[x]\n"], "##vso [task.x]y\n##teamcity [x]\n"],
  "of a section": [["\u001B[0Ksection_end:1:a\r\u001B[0K\n"], "section_end:1:a\n"],
};

for (const [what, [given, shown]] of Object.entries(commands)) {
  test(`no command in a CI: ${what}`, () => assert.is(through(given, { isCi: true }), shown));
}

test("a line that no CI reads stays as it is, and so do colons within one", () => {
  assert.is(through(["::1 ##[x]\n"]), "::1 ##[x]\n");
  assert.is(through(["a ::b\n", "c", "::d\n", "http://x\n"], { isCi: true }), "a ::b\nc::d\nhttp://x\n");
});

test("our own commands are written as they are, and what follows is looked at anew", () => {
  const guard = makeGuard(seal, true);
  const text = guard.own("::group::a\n") + guard.words("::error::b\n") + guard.others("::error::c\n", false);
  assert.is(text, "::group::a\n: :error::b\n: :error::c\n");
});

test("hundreds of thousands of newlines, blanks or marks take no longer than other text", () => {
  for (const text of ["\n", " ", "#", ":", "\t\n ", "\u001B[31m", "\u001B]", "\r", "\u009B"]) {
    const before = process.cpuUsage();
    for (const way of ["words", "others", "drawing"] as const) through([text.repeat(200_000)], { isCi: true, way });
    const { user } = process.cpuUsage(before);
    assert.ok(user < 2_000_000, `${JSON.stringify(text)} took ${user / 1000} ms`);
  }
});

test.run();
