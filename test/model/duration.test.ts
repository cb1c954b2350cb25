import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseDuration, showSeconds } from "../../lib/model/duration.ts";

const durations: readonly (readonly [string, number | undefined])[] = [
  ["0s", 0],
  ["250ms", 250],
  ["30s", 30_000],
  ["1.5s", 1500],
  ["5m", 300_000],
  ["2h", 7_200_000],
  ["30d", 2_592_000_000],
  ["", undefined],
  ["30", undefined],
  ["s", undefined],
  ["30 s", undefined],
  ["30sec", undefined],
  ["-1s", undefined],
  ["1e3s", undefined],
  [".5s", undefined],
  ["1w", undefined],
  ["30s\n", undefined],
  ["1h30m", undefined],
];

for (const [text, milliseconds] of durations) {
  test(`${JSON.stringify(text)} is ${milliseconds === undefined ? "no duration" : `${milliseconds} ms`}`, () => {
    assert.is(parseDuration(text), milliseconds);
  });
}

const shown: readonly (readonly [number, string])[] = [
  [0, "0.0 s"],
  [0.44, "0.4 s"],
  [9.94, "9.9 s"],
  [10, "10 s"],
  [12.4, "12 s"],
  [59.4, "59 s"],
  [60, "1 min 0 s"],
  [185, "3 min 5 s"],
  [3600, "60 min 0 s"],
];

for (const [seconds, text] of shown) {
  test(`${seconds} seconds read as ${text}`, () => assert.is(showSeconds(seconds), text));
}

test("what rounds up to a minute reads as a minute", () => assert.is(showSeconds(59.6), "1 min 0 s"));

test("what rounds up to ten seconds has no decimal", () => assert.is(showSeconds(9.96), "10 s"));

test.run();
