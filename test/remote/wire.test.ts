import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeWire, markOf } from "../../lib/remote/wire.ts";

const word = "bg0123";

const mark = (text: string): string => markOf(word, text);

/** What was received in all: output joined, each mark between brackets. */
function receive(chunks: readonly string[]): string {
  const wire = makeWire({ first: word, later: word });
  return chunks
    .flatMap((chunk) => wire(chunk))
    .map((each) => (each.kind === "output" ? each.text : `[${each.words.join(" ")}]`))
    .join("");
}

const streams: readonly (readonly [string, string, string])[] = [
  ["a mark alone", mark("ready"), "[ready]"],
  ["output and marks", `${mark("start 0")}hello\n${mark("done 0 0")}${mark("end")}`, "[start 0]hello\n[done 0 0][end]"],
  ["output without a newline at its end", `${mark("start 0")}50 %${mark("done 0 1")}`, "[start 0]50 %[done 0 1]"],
  ["no output", `${mark("start 0")}${mark("done 0 0")}`, "[start 0][done 0 0]"],
  ["empty lines", `${mark("start 0")}\n\n\n${mark("done 0 0")}`, "[start 0]\n\n\n[done 0 0]"],
  ["what looks like a mark, of another word", `a\n<bg9999 end>b${mark("end")}`, "a\n<bg9999 end>b[end]"],
  [
    "the word alone",
    `a ${word} end> ${word}\n<${word}x end>${mark("end")}`,
    `a ${word} end> ${word}\n<${word}x end>[end]`,
  ],
  ["the beginning of a mark, again and again", `<<b<bg<bg0<<bg012${mark("end")}`, "<<b<bg<bg0<<bg012[end]"],
  ["noise before the first mark", `Welcome!\n${mark("ready")}`, "Welcome!\n[ready]"],
  ["output after the last mark", `${mark("end")}tail`, "[end]tail"],
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
  assert.equal(wire("<bg"), []);
  assert.equal(wire("x"), [{ kind: "output", text: "<bgx" }]);
});

test("a long output keeps nothing back but what may begin a mark", () => {
  const wire = makeWire({ first: word, later: word });
  const chunk = "line <\n".repeat(10_000) + "<";
  const given = Array.from({ length: 20 }, () => wire(chunk)).flat();
  assert.is(
    given.reduce((sum, each) => sum + (each.kind === "output" ? each.text.length : 0), 0),
    20 * chunk.length - 1,
  );
});

test.run();
