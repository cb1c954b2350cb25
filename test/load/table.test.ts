import { stripVTControlCharacters } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tableText } from "./table.ts";

test("the table counts what was lost by kind, and what a client sent again", () => {
  const row = { mode: "reload", load: "1 s responses", switches: 2 };
  const text = tableText([
    { ...row, requests: 12_345, failed: 0, kinds: {}, kept: 7 },
    { ...row, mode: "instant", requests: 10, failed: 6, kinds: { status: 1, cut: 2, wrong: 3 }, kept: 0 },
  ]);
  assert.equal(stripVTControlCharacters(text).split("\n"), [
    "mode     load           switches  requests  non-2xx  cut  reset  timed out  refused  other  lost  sent again",
    "reload   1 s responses         2    12,345        0    0      0          0        0      0     0           7",
    "instant  1 s responses         2        10        1    2      0          0        0      3     6           0",
    "",
  ]);
});

test.run();
