import { test } from "uvu";
import * as assert from "uvu/assert";
import { sudo } from "../../lib/model/command.ts";
import { task } from "../../lib/model/task.ts";
import { makePlan } from "../../lib/plan/plan.ts";
import type { Ear, Performed } from "../../lib/remote/door.ts";
import type { Happening } from "../../lib/run/event.ts";
import { execute } from "../../lib/run/execute.ts";
import { drawWithListr } from "../../lib/run/list.ts";
import { aTarget, newRelease } from "../support/target.ts";
import { FakeDoor, fakeEffects, run } from "./support/fake-doors.ts";

const reload = task({
  name: "nginx:reload",
  commands: () => [sudo(["systemctl", "reload", "nginx"])],
  undo: () => [sudo(["nginx", "-t"])],
});
const plan = makePlan(newRelease, [reload], [aTarget({ live: "blue" })]);
const about = { host: "h1", task: "nginx:reload" };
const phase = {
  type: "phase-started",
  title: "nginx:reload",
  number: 1,
  of: 1,
  hosts: ["h1"],
  tasks: ["nginx:reload"],
};

test("a step is told from its begin to its end, with the commands as plan prints them", async () => {
  const heard: Happening[] = [];
  await run(plan, [new FakeDoor("h1")], { heard: (each) => heard.push(each) });
  assert.equal(heard, [
    { ...phase, undo: false },
    { type: "step-started", ...about, undo: false, final: false },
    { type: "command", ...about, text: "sudo systemctl reload nginx" },
    { type: "step-ended", ...about, undo: false, seconds: 1 },
  ]);
});

test("a failure and the undo are told too", async () => {
  const heard: Happening[] = [];
  const { hosts } = await run(plan, [new FakeDoor("h1", [{ on: /reload/ }])], { heard: (each) => heard.push(each) });
  const error = hosts[0]?.failures[0]?.error ?? new Error("none");
  assert.equal(heard, [
    { ...phase, undo: false },
    { type: "step-started", ...about, undo: false, final: false },
    { type: "command", ...about, text: "sudo systemctl reload nginx" },
    { type: "step-failed", ...about, undo: false, error },
    { ...phase, title: "undo", undo: true },
    { type: "step-started", ...about, undo: true, final: false },
    { type: "command", ...about, text: "sudo nginx -t" },
    { type: "step-ended", ...about, undo: true, seconds: 1 },
  ]);
});

test("output, progress and warnings of a door are told as they come", async () => {
  const heard: Happening[] = [];
  const effects = fakeEffects([], { heard: (each) => heard.push(each) });
  const perform = (_: unknown, __: unknown, ear: Ear): Promise<Performed> => {
    ear.output("a\n");
    ear.progress({ percent: 50, bytes: 12, files: 1 });
    ear.warning("nginx -t failed");
    return Promise.resolve({ bytes: 7 });
  };
  const doors = { ...effects.doors, of: () => ({ host: "h1", perform }) };
  await execute(plan, { ...effects, doors, draw: drawWithListr(undefined).draw });
  assert.equal(heard.slice(2, -1), [
    { type: "output", ...about, text: "a\n" },
    { type: "progress", ...about, percent: 50, bytes: 12, files: 1 },
    { type: "warning", warning: { host: "h1", text: "nginx -t failed" } },
  ]);
});

test.run();
