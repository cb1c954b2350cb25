import { test } from "uvu";
import * as assert from "uvu/assert";
import { Secret } from "../../lib/model/secret.ts";
import { maskedLines } from "../../lib/remote/masked-lines.ts";

const value = "S3cret-of-the-house";
const secrets = [new Secret(value), "no secret"];

/** What is passed on of a text that arrives in these pieces. */
function passed(pieces: readonly string[], all: readonly unknown[] = secrets): readonly string[] {
  const heard: string[] = [];
  const lines = maskedLines(all, (text) => heard.push(text));
  for (const piece of pieces) lines.add(piece);
  lines.flush();
  return heard;
}

for (let cut = 0; cut <= value.length; cut++) {
  test(`a secret that is cut after ${cut} characters is masked`, () => {
    const pieces = [`url ${value.slice(0, cut)}`, `${value.slice(cut)} end\nnext`];
    assert.is(passed(pieces).join(""), "url [secret] end\nnext");
  });
}

test("lines go out when they end, with a newline or a carriage return, the last one at the end", () => {
  assert.equal(passed(["a", "b\nc", "\n1 %\r2", " %"]), ["ab\n", "c\n1 %\r", "2 %"]);
});

test("of a line without an end parts go out, with no secret across their border", () => {
  const line = `${"x".repeat(65_530)}${value}${"y".repeat(70_000)}`;
  const pieces = line.match(/.{1,1000}/gs) ?? [];
  const heard = passed(pieces);
  assert.ok(heard.length > 1);
  assert.is(heard.join(""), line.replace(value, "[secret]"));
});

test("an endless line without secrets is not kept back", () => {
  const heard = passed(
    Array.from({ length: 300 }, () => "z".repeat(1000)),
    [],
  );
  assert.ok(heard.length > 2);
  assert.is(heard.join("").length, 300_000);
});

test.run();
