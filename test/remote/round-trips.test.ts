import { test } from "uvu";
import * as assert from "uvu/assert";
import { countRoundTrips } from "../../lib/remote/round-trips.ts";

/** What is known at the end: each word stands for what happens, each number for milliseconds that go by. */
function isSlow(...happenings: readonly (number | "opened" | "asked" | "answered")[]): boolean {
  let time = 1000;
  const trips = countRoundTrips(() => time);
  for (const each of happenings) {
    if (typeof each === "number") time += each;
    else trips[each]();
  }
  return trips.isSlow();
}

test("a line is slow when its answers are", () => {
  assert.is(isSlow(50, "opened", "asked", 41, "answered"), true);
  assert.is(isSlow(50, "opened", "asked", 2, "answered"), false);
});

test("a host that is busy is late, so the soonest answer counts, and not how long it took to begin", () => {
  assert.is(isSlow(300, "opened", "asked", 45, "answered", "asked", 6, "answered", "asked", 30, "answered"), false);
});

test("as long as there is no answer, its being late tells, and else the opening", () => {
  assert.is(isSlow(50, "opened", "asked", 30), true);
  assert.is(isSlow(330, "opened", "asked", 3), true);
  assert.is(isSlow(50, "opened", "asked", 3), false);
  assert.is(isSlow(330), false);
});

test.run();
