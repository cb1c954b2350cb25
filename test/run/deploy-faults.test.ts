import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Command } from "../../lib/model/command.ts";
import type { Plan, Step } from "../../lib/plan/plan.ts";
import { makePlan } from "../../lib/plan/plan.ts";
import { conclude } from "../../lib/run/conclude.ts";
import type { Outcome } from "../../lib/run/outcome.ts";
import { deploy } from "../../recipes/index.ts";
import { aTarget, newRelease, oldRelease } from "../support/target.ts";
import { FakeDoor, run, textOf } from "./support/fake-doors.ts";

const old = "2025_01_01T00_00_00-v0.1";
const releases = [
  { id: old, status: "previous" },
  { id: oldRelease.id, status: "live" },
] as const;
const names = ["h1", "h2", "h3"];
const targets = names.map((host) => aTarget({ host, live: "blue", facts: { releases, files: { unit: "[Unit]\n" } } }));
const plan: Plan = makePlan(newRelease, deploy(), targets);
const steps: readonly Step[] = plan.phases.flatMap(({ hosts }) => hosts[1]?.steps ?? []);
const stages = [...new Set(steps.map(({ task }) => task.name))];

/** Fails the last command of a step on h2. */
async function failIn(step: Step): Promise<{ readonly outcome: Outcome; readonly doors: readonly FakeDoor[] }> {
  const last = textOf(step.commands.at(-1) as Command, targets[1] ?? aTarget());
  const before = steps
    .slice(0, steps.indexOf(step) + 1)
    .flatMap(({ commands }) => commands.map((each) => textOf(each, aTarget())));
  const from = before.filter((text) => text === last).length;
  const on = { test: (text: string) => text === last } as RegExp;
  // Only then: the undo may run the same line again.
  let failed = false;
  const once = { test: (text: string) => on.test(text) && !failed } as RegExp;
  const doors = names.map((host) => new FakeDoor(host, host === "h2" ? [{ on: once, from }] : []));
  const wave = await run(plan, doors, {
    heard: (happening) => {
      failed ||= happening.type === "step-failed";
    },
  });
  return { outcome: conclude(plan, [wave], { stage: "production", interrupted: false, seconds: 1 }), doors };
}

test("a deploy has all its steps here", () => {
  assert.equal(stages, [
    "upload:send",
    "release:link",
    "systemd:install",
    "environment:write",
    "systemd:start",
    "systemd:enable",
    "health:check",
    "nginx:switch",
    "release:record",
    "nginx:drain",
    "systemd:stop",
    "prune:releases",
  ]);
});

for (const step of steps.filter(({ final }) => !final)) {
  test(`a failure in ${step.task.name} on one of three hosts undoes all three, traffic and unit before all else, then latest first`, async () => {
    const { outcome, doors } = await failIn(step);
    assert.equal([outcome.exitCode, outcome.hosts.map(({ end }) => end)], [1, ["undone", "undone", "undone"]]);
    const index = steps.indexOf(step);
    const did = steps.slice(0, index + 1).flatMap(({ commands }) => texts(commands));
    const latestFirst = steps.slice(0, index + 1).toReversed();
    const isUrgent = ({ task }: Step): boolean => /^(nginx:switch|systemd:install)$/.test(task.name);
    const order = [...latestFirst.filter((each) => isUrgent(each)), ...latestFirst.filter((each) => !isUrgent(each))];
    const undid = order.flatMap(({ undo }) => (typeof undo === "string" ? [] : texts(undo)));
    assert.equal(doors[1]?.ran, [...did, ...undid]);
    for (const { ran } of doors) assert.not.ok(ran.some((line) => /(stop|--now) shop@blue/.test(line)));
  });
}

for (const step of steps.filter(({ final }) => final)) {
  test(`a failure in ${step.task.name} on one of three hosts leaves the new version live, and the others go on`, async () => {
    const { outcome, doors } = await failIn(step);
    assert.equal([outcome.exitCode, outcome.hosts.map(({ end }) => end)], [5, ["live", "live", "live"]]);
    assert.equal(
      outcome.hosts.map(({ failures }) => failures.length),
      [0, 1, 0],
    );
    const all = steps.flatMap(({ commands }) => texts(commands));
    assert.equal([doors[0]?.ran, doors[2]?.ran], [all, all]);
  });
}

test("before the switch a failure moves no traffic on any host", async () => {
  const [health] = steps.filter(({ task }) => task.name === "health:check");
  const { doors } = await failIn(health as Step);
  for (const { ran } of doors) assert.not.ok(ran.some((line) => /nginx|backend\.conf/.test(line)));
});

function texts(commands: readonly Command[]): readonly string[] {
  return commands.map((command) => textOf(command, aTarget({ host: "h2" })));
}

test.run();
