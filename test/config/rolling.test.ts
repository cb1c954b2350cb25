import { test } from "uvu";
import * as assert from "uvu/assert";
import { layer } from "../../lib/config/layers.ts";
import { resolveRolling } from "../../lib/config/rolling.ts";
import { waveSize } from "../../lib/model/rolling.ts";

test("without rolling there are no waves", () => {
  assert.is(resolveRolling([layer("", {})]), undefined);
});

test("one host at a time, without a pause and without a failure, unless it says otherwise", () => {
  assert.equal(resolveRolling([layer("", { rolling: {} })]), { batch: { hosts: 1 }, pause: 0, maxFailures: 0 });
  assert.equal(resolveRolling([layer("", { rolling: { batch: "25%", pause: "10s", maxFailures: 1 } })]), {
    batch: { share: 0.25 },
    pause: 10_000,
    maxFailures: 1,
  });
});

test("a wave has at least one host, and a share is rounded up", () => {
  const sizes = [1, 3, 4, 10].map((hosts) => waveSize({ batch: { share: 0.25 }, pause: 0, maxFailures: 0 }, hosts));
  assert.equal(sizes, [1, 1, 1, 3]);
  assert.is(waveSize({ batch: { hosts: 2 }, pause: 0, maxFailures: 0 }, 10), 2);
});

test.run();
