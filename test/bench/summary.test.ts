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

test("a ratio and its spread are median and quartiles of the ratio round by round, its seconds those of all rounds", () => {
  const floor = [1, 2, 4].map((seconds, index) => aSample({ tool: "floor", round: index + 1, seconds }));
  const own = [3, 2, 4, 9].map((seconds, index) => aSample({ round: index + 1, seconds }));
  assert.equal(
    summarize([...floor, ...own]).rows.flatMap(({ entries }) => entries),
    [
      { tool: "floor", seconds: 2, cpu: 0.3, rounds: 3, ratio: 1, low: 1, high: 1 },
      { tool: "bgdeploy", seconds: 3.5, cpu: 0.3, rounds: 3, ratio: 1, low: 1, high: 2 },
    ],
  );
});

test("in joined results a round is compared with the floor's of its own run", () => {
  const run = (floor: number, own: number): readonly Record[] => [
    aMachine,
    aSample({ tool: "floor", seconds: floor }),
    aSample({ seconds: own }),
  ];
  const { rows, runs } = summarize([...run(1, 3), ...run(10, 30)]);
  const { ratio, low, high, rounds } = rows[0]?.entries.find(({ tool }) => tool === "bgdeploy") ?? {};
  assert.equal({ ratio, low, high, rounds, runs }, { ratio: 3, low: 3, high: 3, rounds: 2, runs: 2 });
});

test("the report says how many rounds stand behind it, and marks what rests on few", () => {
  const rounds = (count: number, sample: Partial<Sample>): readonly Record[] =>
    Array.from({ length: count }, (_, index) => aSample({ round: index + 1, ...sample }));
  const floor = rounds(5, { tool: "floor" });
  assert.match(
    resultText(summarize([...floor, ...rounds(5, {})])),
    /1\.00 × \(1\.00–1\.00\)\n\nMedians of 5 rounds or more\.$/,
  );
  assert.match(
    resultText(summarize([...floor, ...rounds(4, {})])),
    / 1\.00 s +1\.00 × \(1\.00–1\.00\) †\n\nMedians of 5 rounds; † marks what rests on fewer, at the least on 4\.$/,
  );
});

test("memory is shown of all processes and of the tool's own, which older results lack", () => {
  const samples = [1, 8].map((hosts) => aSample({ job: "changed", hosts }));
  const memory = { kind: "memory", tool: "bgdeploy", memory: 70 * 2 ** 20 } as const;
  const text = resultText(summarize([...samples, { ...memory, hosts: 1 }, { ...memory, hosts: 8, own: 40 * 2 ** 20 }]));
  assert.match(text, /memory of all processes +of its own process/);
  assert.match(text, /bgdeploy +1 host, LAN +0\.30 s † +70 MB +–\n/);
  assert.match(text, /bgdeploy +8 hosts, LAN +0\.30 s † +70 MB +40 MB\n/);
});

test("where the floor failed, the others' times are shown as they are", () => {
  const text = resultText(summarize([aSample({ seconds: 3 })]));
  assert.match(text, /redeploy, nothing changed +1 host, LAN +– +3\.00 s †/);
});

test.run();

const aMachine: Record = {
  kind: "machine",
  machine: { date: "", system: "", processors: "", memory: "", versions: [], about: [], missing: [], load: 0 },
};

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
