import { test } from "uvu";
import * as assert from "uvu/assert";
import { interruption, stopping } from "../../lib/report/interruption.ts";
import type { Happening } from "../../lib/run/event.ts";
import type { Moment } from "../../lib/run/moment.ts";
import { nextMoment } from "../../lib/run/moment.ts";

const phase = (number: number, undo = false): Happening => ({
  type: "phase-started",
  title: "a",
  of: 3,
  hosts: [],
  tasks: [],
  number,
  undo,
});
const step = (final: boolean, undo = false): Happening => ({
  type: "step-started",
  host: "h1",
  task: "a",
  undo,
  final,
});

const rows: readonly (readonly [string, readonly Happening[], Moment])[] = [
  ["before anything", [{ type: "connecting", hosts: ["h1"] }], "before"],
  ["in the first step", [phase(1), step(false)], "running"],
  ["from the first final step on", [phase(1), step(false), phase(2), step(true), phase(3), step(true)], "final"],
  ["while it is undone", [phase(1), step(false), phase(1, true), step(false, true)], "undoing"],
  ["in the next wave", [phase(1), step(false), step(true), phase(1), step(false)], "running"],
  ["in an undo that connects again", [phase(1), step(false), step(false, true)], "undoing"],
];
for (const [when, happened, moment] of rows) {
  test(`${when}: ${moment}`, () => {
    let now: Moment = "before";
    for (const each of happened) now = nextMoment(now, each);
    assert.is(now, moment);
  });
}

test("what a signal comes to is said for the moment in which it comes", () => {
  const said = (["before", "running", "undoing", "final"] as const).map((moment) =>
    interruption("SIGINT", moment, { rolling: false, alone: false }),
  );
  assert.equal(said, [
    "SIGINT: nothing was changed; exiting.",
    "SIGINT: finishing the running commands, then undoing. Press Ctrl-C again to stop now without undoing anything.",
    "SIGINT: the run is already being undone; finishing that. Press Ctrl-C again to stop now and leave the rest as it is.",
    "SIGINT: past the point of no return. The new version is live and stays; finishing the rest. Press Ctrl-C again to stop now.",
  ]);
  assert.match(
    interruption("SIGINT", "running", { rolling: false, alone: true }),
    "then undoing, unless the run passes the point of no return first. Press",
  );
  assert.match(
    interruption("SIGTERM", "final", { rolling: true, alone: false }),
    "finishing this wave, starting no other",
  );
});

test("what the second one leaves is said, too", () => {
  assert.equal(stopping("before", "h1", { alone: true }), ["Stopped immediately; nothing was changed."]);
  assert.equal(stopping("undoing", "h1, h2", { alone: false }), [
    "Stopped immediately; the undo is incomplete on h1, h2. The live version keeps serving.",
    "The next run checks each host's actual state and repairs it: run the same command again.",
  ]);
});

test.run();
