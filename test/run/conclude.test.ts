import { test } from "uvu";
import * as assert from "uvu/assert";
import { shell } from "../../lib/model/command.ts";
import { rawLine } from "../../lib/model/shell.ts";
import { task } from "../../lib/model/task.ts";
import { makePlan } from "../../lib/plan/plan.ts";
import { conclude } from "../../lib/run/conclude.ts";
import type { Outcome } from "../../lib/run/outcome.ts";
import type { Progress, Wave } from "../../lib/run/progress.ts";
import { startProgress } from "../../lib/run/progress.ts";
import { aTarget, newRelease, oldRelease } from "../support/target.ts";

const plan = makePlan(
  newRelease,
  [task({ name: "a", commands: () => [shell("a", rawLine(""))], undo: "not-needed" })],
  [aTarget()],
);
const [step] = plan.phases[0]?.hosts[0]?.steps ?? [];

/** How far one host came: `begun`, with `failed` and `undo failed`, or `not begun`. */
type Story =
  | "not begun"
  | "begun"
  | "failed"
  | "undone"
  | "failed, undone"
  | "wait ended, failed, undone"
  | "undo failed";

function progressOf(story: Story, index: number): Progress {
  const progress = startProgress(aTarget({ host: `h${index + 1}`, live: "blue" }), 1000);
  if (story !== "not begun" && step) progress.begun.push(step);
  const error = new Error("no");
  if (/failed/.test(story)) progress.failures.push({ task: "a", undo: false, error, interrupted: /wait/.test(story) });
  if (story === "undo failed") progress.failures.push({ task: "a", undo: true, error, interrupted: false });
  progress.undone = /undone/.test(story);
  progress.endedAt = 3500;
  return progress;
}

function wave(kept: boolean, ...stories: readonly Story[]): Wave {
  return { kept, hosts: stories.map((story, index) => progressOf(story, index)) };
}

function outcome(waves: readonly Wave[], interrupted = false): Outcome {
  return conclude(plan, waves, { stage: "production", interrupted, seconds: 9 });
}

type Row = readonly [string, readonly Wave[], boolean, number, readonly string[]];

const rows: readonly Row[] = [
  ["all went well", [wave(true, "begun", "begun")], false, 0, ["live", "live"]],
  ["one failed and all were undone", [wave(false, "failed, undone", "undone")], false, 1, ["undone", "undone"]],
  ["one failed before others began", [wave(false, "failed, undone", "not begun")], false, 1, ["undone", "untouched"]],
  ["an undo failed", [wave(false, "undo failed", "undone")], false, 3, ["mend", "undone"]],
  ["no undo was tried", [wave(false, "failed", "undone")], false, 3, ["mend", "undone"]],
  ["a late step failed", [wave(true, "begun", "failed")], false, 5, ["live", "live"]],
  ["it was interrupted and undone", [wave(false, "undone", "undone")], true, 130, ["undone", "undone"]],
  ["it was interrupted before anything began", [wave(false, "not begun")], true, 130, ["untouched"]],
  [
    "it was interrupted, which also ended a wait",
    [wave(false, "wait ended, failed, undone", "undone")],
    true,
    130,
    ["undone", "undone"],
  ],
  ["it had failed before it was interrupted", [wave(false, "failed, undone", "undone")], true, 1, ["undone", "undone"]],
  ["it was interrupted, and an undo failed", [wave(false, "undo failed", "undone")], true, 3, ["mend", "undone"]],
  ["it was interrupted too late", [wave(true, "begun", "begun")], true, 0, ["live", "live"]],
  ["it was interrupted too late, and a late step failed", [wave(true, "begun", "failed")], true, 5, ["live", "live"]],
  ["all waves went well", [wave(true, "begun"), wave(true, "begun")], false, 0, ["live", "live"]],
  [
    "the second wave was undone: the fleet is mixed",
    [wave(true, "begun"), wave(false, "failed, undone")],
    false,
    3,
    ["live", "undone"],
  ],
  ["the second wave did not begin", [wave(true, "begun"), wave(false, "not begun")], true, 3, ["live", "untouched"]],
  [
    "the first wave was undone, the second did not begin",
    [wave(false, "failed, undone"), wave(false, "not begun")],
    false,
    1,
    ["undone", "untouched"],
  ],
];

for (const [name, waves, interrupted, code, ends] of rows) {
  test(`when ${name}, the exit code is ${code}`, () => {
    const { exitCode, hosts } = outcome(waves, interrupted);
    assert.equal([exitCode, hosts.map(({ end }) => end)], [code, ends]);
  });
}

test("an outcome says of each host what was live and what is, how long it took and what failed", () => {
  const made = outcome([wave(true, "begun", "failed")]);
  const from = { release: oldRelease.id, variant: "blue" } as const;
  const to = { release: newRelease.id, variant: "green" } as const;
  const failures = made.hosts[1]?.failures;
  assert.equal(made, {
    stage: "production",
    release: newRelease,
    exitCode: 5,
    interrupted: false,
    seconds: 9,
    hosts: [
      { host: "h1", end: "live", from, to, seconds: 2.5, bytes: 0, failures: [] },
      { host: "h2", end: "live", from, to, seconds: 2.5, bytes: 0, failures },
    ],
  });
  assert.is(failures?.length, 1);
});

test("a host where nothing began took no time", () => {
  assert.is(outcome([wave(false, "not begun")], true).hosts[0]?.seconds, 0);
});

test("only what was taken back counts as interrupted", () => {
  assert.is(outcome([wave(true, "begun")], true).interrupted, false);
  assert.is(outcome([wave(false, "undone")], true).interrupted, true);
});

test.run();
