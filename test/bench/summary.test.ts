import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Record } from "../../bench/record.ts";
import { summarize } from "../../bench/report/summary.ts";
import { resultText } from "../../bench/report/table.ts";
import type { Sample } from "../../bench/sample.ts";

test("round trips are the slope of time over the measured round trip time, from medians", () => {
  const records = [0, 41, 161].flatMap((measuredRtt) =>
    [1, 1.001, 9].map((noise) =>
      aSample({ measuredRtt, rtt: measuredRtt, seconds: noise + (14 * measuredRtt) / 1000 }),
    ),
  );
  const [slope] = summarize(records).slopes;
  assert.is(slope?.roundTrips.toFixed(2), "14.00");
  assert.is(slope?.start.toFixed(3), "1.001");
});

test("a ratio is that of the medians, and its spread that of the rounds", () => {
  const floor = [1, 2, 4].map((seconds, index) => aSample({ tool: "floor", round: index + 1, seconds }));
  const own = [2, 3, 4].map((seconds, index) => aSample({ round: index + 1, seconds }));
  const [row] = summarize([...floor, ...own]).rows;
  const { ratio, low, high, rounds } = row?.entries.find(({ tool }) => tool === "bgdeploy") ?? {};
  assert.equal({ ratio, low, high, rounds }, { ratio: 1.5, low: 1.25, high: 1.75, rounds: 3 });
});

test("where the floor failed, the others' times are shown as they are", () => {
  const text = resultText(summarize([aSample({ seconds: 3 })]));
  assert.match(text, /redeploy, nothing changed +1 host, LAN +– +3\.00 s/);
});

test.run();

function aSample(sample: Partial<Sample>): Record {
  const base = {
    tool: "bgdeploy",
    job: "same",
    hosts: 1,
    rtt: 0,
    measuredRtt: 0,
    settle: 0,
    round: 1,
    cpu: 0.3,
  } as const;
  return { kind: "sample", sample: { ...base, seconds: 1, ...sample } };
}
