import { test } from "uvu";
import * as assert from "uvu/assert";
import { showBytes } from "../../lib/model/bytes.ts";

const rows: readonly (readonly [number, string])[] = [
  [0, "0 B"],
  [512, "512 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [1_300_000, "1.3 MB"],
  [99_949_000, "99.9 MB"],
  [99_960_000, "100 MB"],
  [999_600, "1.0 MB"],
  [52_000_000_000, "52.0 GB"],
  [4e15, "4000 TB"],
];

for (const [bytes, text] of rows) {
  test(`${bytes} bytes read ${text}`, () => assert.is(showBytes(bytes), text));
}

test.run();
