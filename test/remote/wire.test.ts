import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeWire } from "../../lib/remote/wire.ts";

const word = "bg0123";

/** What was received in all: output joined, each mark between angle brackets. */
function receive(chunks: readonly string[]): string {
  const wire = makeWire({ first: word, later: word });
  return chunks
    .flatMap((chunk) => wire(chunk))
    .map((each) => (each.kind === "output" ? each.text : `<${each.words.join(" ")}>`))
    .join("");
}

const streams: readonly (readonly [string, string, string])[] = [
  ["a mark alone", `\n${word} ready\n`, "<ready>"],
  [
    "output and marks",
    `\n${word} start 0\nhello\n\n${word} done 0 0\n\n${word} end\n`,
    "<start 0>hello\n<done 0 0><end>",
  ],
  ["output without a newline at its end", `\n${word} start 0\n50 %\n${word} done 0 1\n`, "<start 0>50 %<done 0 1>"],
  ["no output", `\n${word} start 0\n\n${word} done 0 0\n`, "<start 0><done 0 0>"],
  ["empty lines", `\n${word} start 0\n\n\n\n\n${word} done 0 0\n`, "<start 0>\n\n\n<done 0 0>"],
  ["what looks like a mark, of another word", `a\nbg9999 end\nb\n${word} end\n`, "a\nbg9999 end\nb<end>"],
  [
    "the word within a line",
    `a ${word} end\n${word}\n${word}x end\n\n${word} end\n`,
    `a ${word} end\n${word}\n${word}x end\n<end>`,
  ],
  [
    "the beginning of the word, again and again",
    `\nbg\nbg0\nbg01\nbg012\n${word} end\n`,
    "\nbg\nbg0\nbg01\nbg012<end>",
  ],
  ["noise before the first mark", `Welcome!\n\n${word} ready\n`, "Welcome!\n<ready>"],
  ["output after the last mark", `\n${word} end\ntail`, "<end>tail"],
];

for (const [name, stream, received] of streams) {
  test(`${name}: cut at every border it is the same`, () => {
    assert.is(receive([stream]), received);
    for (let at = 1; at < stream.length; at += 1) assert.is(receive([stream.slice(0, at), stream.slice(at)]), received);
    assert.is(receive(Array.from(stream)), received);
  });
}

test("output is given as soon as it can be no mark", () => {
  const wire = makeWire({ first: word, later: word });
  assert.equal(wire("50 %"), [{ kind: "output", text: "50 %" }]);
  assert.equal(wire("\nbg"), []);
  assert.equal(wire("x"), [{ kind: "output", text: "\nbgx" }]);
});

test("a long output keeps nothing back but a newline that may begin a mark", () => {
  const wire = makeWire({ first: word, later: word });
  const chunk = "line\n".repeat(10_000);
  const given = Array.from({ length: 20 }, () => wire(chunk)).flat();
  assert.is(
    given.reduce((sum, each) => sum + (each.kind === "output" ? each.text.length : 0), 0),
    20 * chunk.length - 1,
  );
});

test.run();
