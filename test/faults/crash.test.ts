import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Lane } from "./support/lane.ts";
import { openLane } from "./support/lane.ts";
import { runTrials } from "./support/lanes.ts";
import { shortSchedule } from "./support/schedule.ts";
import { faultTable } from "./support/table.ts";

// The short form of `npm run test:faults`.
const test = labSuite("crashes");
let lanes: readonly Lane[] = [];
test.before(async () => {
  lanes = await Promise.all([openLane("crash-a", { history: 2 }), openLane("crash-b", { history: 2, alone: true })]);
});
test.after(async () => {
  await Promise.all(lanes.map((lane) => lane.end()));
});

test("killed, cut off or without power at the sorest places, the hosts go on serving and the next run mends all", async () => {
  const [lane] = lanes;
  const trials = lane === undefined ? [] : shortSchedule("run", await lane.learn("run"));
  // The long ones first, so that the lanes end together.
  const ordered = trials.toSorted((a, b) => Number(b.fault === "cut") - Number(a.fault === "cut"));
  const results = await runTrials(
    lanes,
    ordered,
    () => true,
    () => undefined,
  );
  process.stdout.write(faultTable(results));
  assert.equal(
    results.flatMap(({ complaints }) => complaints),
    [],
  );
});

test.run();
