import { test } from "uvu";
import * as assert from "uvu/assert";
import { SessionLostError } from "../../lib/errors.ts";
import { makePlan } from "../../lib/plan/plan.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import { conclude } from "../../lib/run/conclude.ts";
import type { Happening } from "../../lib/run/event.ts";
import { deploy } from "../../recipes/index.ts";
import { aTarget, newRelease } from "../support/target.ts";
import { FakeDoor, run } from "./support/fake-doors.ts";

const names = ["h1", "h2", "h3"];
const plan: Plan = makePlan(
  newRelease,
  deploy(),
  names.map((host) => aTarget({ host, live: "blue" })),
);

/** Runs, and interrupts when a task has begun on all hosts; gives the exit code and how each host ended. */
async function interruptAt(
  task: string,
): Promise<{ readonly code: number; readonly ends: readonly string[]; readonly doors: readonly FakeDoor[] }> {
  const doors = names.map((host) => new FakeDoor(host));
  const controller = new AbortController();
  if (task === "") controller.abort();
  const heard = (happening: Happening): void => {
    if (happening.type === "step-started" && happening.task === task && happening.host === "h3") controller.abort();
  };
  const wave = await run(plan, doors, { signal: controller.signal, heard });
  const outcome = conclude(plan, [wave], { stage: "production", interrupted: controller.signal.aborted, seconds: 1 });
  return { code: outcome.exitCode, ends: outcome.hosts.map(({ end }) => end), doors };
}

const rows: readonly (readonly [string, number, string])[] = [
  ["", 130, "untouched"],
  ["upload:send", 130, "undone"],
  ["systemd:start", 130, "undone"],
  ["health:check", 130, "undone"],
  ["nginx:switch", 130, "undone"],
  ["release:record", 130, "undone"],
  ["nginx:drain", 130, "undone"],
  ["systemd:stop", 0, "live"],
  ["no such task", 0, "live"],
];

for (const [task, code, end] of rows) {
  test(`interrupted ${task === "" ? "before anything" : `at ${task}`}, hosts are ${end}, and the exit code is ${code}`, async () => {
    const { code: found, ends } = await interruptAt(task);
    assert.equal([found, ends], [code, [end, end, end]]);
  });
}

test("interrupted at the switch, every host finishes it, then switches back", async () => {
  const { doors } = await interruptAt("nginx:switch");
  for (const { ran } of doors) {
    assert.is(ran.filter((line) => line === "sudo systemctl reload nginx").length, 2);
    assert.is(ran.filter((line) => /(stop|--now) shop@blue/.test(line)).length, 0);
    assert.is(ran.at(-1), `write /opt/shop/.bgdeploy/releases/${newRelease.id}.json`);
  }
});

const lost = new SessionLostError("h2", "cut");

test("a lost host is opened again before it is undone: another run may have been there", async () => {
  const doors = [
    new FakeDoor("h1"),
    new FakeDoor("h2", [{ on: /^wait until it is healthy$/, error: lost }]),
    new FakeDoor("h3"),
  ];
  const order: string[] = [];
  const wave = await run(plan, doors, {
    reopen: (host) => {
      order.push(`reopen ${host} after ${doors[1]?.ran.at(-1)}`);
      return Promise.resolve({ committed: false });
    },
  });
  const outcome = conclude(plan, [wave], { stage: "production", interrupted: false, seconds: 1 });
  assert.equal(order, ["reopen h2 after wait until it is healthy"]);
  assert.equal([outcome.exitCode, outcome.hosts.map(({ end }) => end)], [1, ["undone", "undone", "undone"]]);
});

test("for what a lost host is waited is heard while that is so", async () => {
  const doors = [new FakeDoor("h1"), new FakeDoor("h2", [{ on: /^wait until it is healthy$/, error: lost }])];
  const heard: string[] = [];
  await run(plan, [...doors, new FakeDoor("h3")], {
    heard: (each) => void (each.type === "output" && heard.push(`${each.host} ${each.task} ${each.text}`)),
    reopen: (host, waits) => {
      waits(`waiting for ${host}`);
      return Promise.resolve({ committed: false });
    },
  });
  assert.equal(heard, ["h2 connect waiting for h2\n"]);
});

test("a lost host that does not come back is to mend, the others are undone", async () => {
  const doors = [
    new FakeDoor("h1"),
    new FakeDoor("h2", [{ on: /^wait until it is healthy$/, error: lost }]),
    new FakeDoor("h3"),
  ];
  const wave = await run(plan, doors);
  const outcome = conclude(plan, [wave], { stage: "production", interrupted: false, seconds: 1 });
  assert.equal([outcome.exitCode, outcome.hosts.map(({ end }) => end)], [3, ["undone", "mend", "undone"]]);
  assert.is(doors[1]?.ran.at(-1), "wait until it is healthy");
});

test.run();
