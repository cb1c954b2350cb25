import { test } from "uvu";
import * as assert from "uvu/assert";
import { shell } from "../../lib/model/command.ts";
import type { Rolling } from "../../lib/model/rolling.ts";
import { waveSize } from "../../lib/model/rolling.ts";
import { rawLine } from "../../lib/model/shell.ts";
import { task } from "../../lib/model/task.ts";
import { makePlan } from "../../lib/plan/plan.ts";
import { splitWaves } from "../../lib/plan/waves.ts";
import { executeWaves } from "../../lib/run/waves.ts";
import { aTarget, newRelease } from "../support/target.ts";
import type { Fault, RunOptions } from "./support/fake-doors.ts";
import { FakeDoor, fakeEffects } from "./support/fake-doors.ts";

const names = ["h1", "h2", "h3", "h4", "h5"];
const go = task({ name: "go", commands: () => [shell("go", rawLine(""))], undo: () => [shell("undo", rawLine(""))] });
const first = task({
  name: "migrate",
  once: true,
  commands: () => [shell("migrate", rawLine(""))],
  undo: "not-needed",
});
const plan = makePlan(
  newRelease,
  [first, go],
  names.map((host) => aTarget({ host, live: "blue" })),
);
const rolling = (batch: Rolling["batch"], more: Partial<Rolling> = {}): Rolling => ({
  batch,
  pause: 0,
  maxFailures: 0,
  ...more,
});

const sizes: readonly (readonly [Rolling["batch"], number, number])[] = [
  [{ hosts: 2 }, 5, 2],
  [{ hosts: 9 }, 5, 9],
  [{ share: 0.1 }, 5, 1],
  [{ share: 0.5 }, 5, 3],
  [{ share: 1 }, 5, 5],
  [{ share: 0.001 }, 5, 1],
];

for (const [batch, hosts, size] of sizes) {
  test(`of ${hosts} hosts, ${JSON.stringify(batch)} go ${size} at a time`, () =>
    assert.is(waveSize(rolling(batch), hosts), size));
}

test("a plan is cut into waves in the order of the hosts; a task of the first host is in the first wave alone", () => {
  const waves = splitWaves(plan, rolling({ hosts: 2 }));
  assert.equal(
    waves.map(({ targets }) => targets.map(({ host }) => host.name)),
    [["h1", "h2"], ["h3", "h4"], ["h5"]],
  );
  assert.equal(
    waves.map(({ phases }) => phases.map(({ hosts }) => hosts.length)),
    [[1, 2], [2], [1]],
  );
});

test("without waves a plan is one", () => assert.equal(splitWaves(plan, undefined), [plan]));

test("waves follow each other, with the pause between them", async () => {
  const { kept, ran, waits } = await runWaves(rolling({ hosts: 2 }, { pause: 5000 }));
  assert.equal(
    [kept, waits],
    [
      [true, true, true],
      [5000, 5000],
    ],
  );
  assert.equal(ran, [["migrate", "go"], ["go"], ["go"], ["go"], ["go"]]);
});

test("a failed wave is undone, the one before it stays, the ones behind it do not begin", async () => {
  const { kept, ran } = await runWaves(rolling({ hosts: 2 }), { h3: [{ on: /go/ }] });
  assert.equal(kept, [true, false, false]);
  assert.equal(ran, [["migrate", "go"], ["go"], ["go", "undo"], ["go", "undo"], []]);
});

test("as many hosts as allowed may fail", async () => {
  const { kept, ran } = await runWaves(rolling({ hosts: 1 }, { maxFailures: 1 }), { h2: [{ on: /go/ }] });
  assert.equal(kept, [true, false, true, true, true]);
  assert.equal(ran[1], ["go", "undo"]);
  const more = await runWaves(rolling({ hosts: 1 }, { maxFailures: 1 }), { h2: [{ on: /go/ }], h3: [{ on: /go/ }] });
  assert.equal(more.kept, [true, false, false, false, false]);
});

test("interrupted, the waves that have not begun do not begin", async () => {
  const controller = new AbortController();
  const heard: RunOptions["heard"] = (happening) => {
    if (happening.type === "step-started" && happening.host === "h4") controller.abort();
  };
  const { kept, ran } = await runWaves(rolling({ hosts: 2 }), {}, { signal: controller.signal, heard });
  assert.equal(kept, [true, false, false]);
  assert.equal(ran, [["migrate", "go"], ["go"], ["go", "undo"], ["go", "undo"], []]);
});

async function runWaves(
  wanted: Rolling,
  faults: Readonly<Record<string, readonly Fault[]>> = {},
  options: RunOptions = {},
): Promise<{
  readonly kept: readonly boolean[];
  readonly ran: readonly (readonly string[])[];
  readonly waits: readonly number[];
}> {
  const doors = names.map((host) => new FakeDoor(host, faults[host]));
  const waits: number[] = [];
  const wait = (milliseconds: number): Promise<void> => {
    waits.push(milliseconds);
    return Promise.resolve();
  };
  const waves = await executeWaves(plan, wanted, { ...fakeEffects(doors, options), wait });
  return { kept: waves.map(({ kept }) => kept), ran: doors.map(({ ran }) => ran), waits };
}

test.run();
