import { test } from "uvu";
import * as assert from "uvu/assert";
import { RemoteError } from "../../lib/errors.ts";
import { shell } from "../../lib/model/command.ts";
import { rawLine } from "../../lib/model/shell.ts";
import type { Task, TaskOptions } from "../../lib/model/task.ts";
import { task } from "../../lib/model/task.ts";
import { makePlan } from "../../lib/plan/plan.ts";
import type { Happening } from "../../lib/run/event.ts";
import { aTarget, newRelease } from "../support/target.ts";
import { FakeDoor, run } from "./support/fake-doors.ts";

const names = ["h1", "h2", "h3"];
const targets = names.map((host) => aTarget({ host, live: "blue" }));
const plan = (...tasks: readonly Task[]) => makePlan(newRelease, tasks, targets);

/** A task of one command, which its undo takes back. */
function named(name: string, more: Partial<TaskOptions> = {}): Task {
  return task({
    name,
    commands: () => [shell(name, rawLine(""))],
    undo: () => [shell(`undo ${name}`, rawLine(""))],
    ...more,
  });
}

test("tasks run in order on every host, and the new release is kept", async () => {
  const doors = names.map((host) => new FakeDoor(host));
  const { kept, hosts } = await run(plan(named("a"), named("b"), named("c")), doors);
  assert.equal(
    doors.map(({ ran }) => ran),
    [
      ["a", "b", "c"],
      ["a", "b", "c"],
      ["a", "b", "c"],
    ],
  );
  assert.equal([kept, hosts.map(({ failures }) => failures)], [true, [[], [], []]]);
});

test("hosts run at once, each at its own pace", async () => {
  const doors = [new FakeDoor("h1", [], 5), new FakeDoor("h2", [], 60), new FakeDoor("h3", [], 5)];
  const began: string[] = [];
  const heard = (happening: Happening): void => {
    if (happening.type === "step-started") began.push(`${happening.host} ${happening.task}`);
  };
  await run(plan(named("a"), named("b")), doors, { heard });
  assert.ok(began.indexOf("h1 b") < began.indexOf("h2 b"));
  assert.equal(began.slice(0, 3), ["h1 a", "h2 a", "h3 a"]);
});

test("no host enters a barrier before all are there, and only what is eager begins before all are through", async () => {
  const doors = [new FakeDoor("h1", [], 1), new FakeDoor("h2", [], 40), new FakeDoor("h3", [], 10)];
  const seen: string[] = [];
  const heard = (happening: Happening): void => {
    if (happening.type === "step-started" || happening.type === "step-ended")
      seen.push(`${happening.task} ${happening.type}`);
  };
  const tasks = [
    named("a"),
    named("switch", { barrier: true }),
    named("b", { eager: true }),
    named("once", { once: true }),
    named("c"),
  ];
  await run(plan(...tasks), doors, { heard });
  assert.is(seen.length, 26);
  assert.ok(seen.lastIndexOf("a step-ended") < seen.indexOf("switch step-started"));
  assert.ok(seen.lastIndexOf("switch step-ended") > seen.indexOf("b step-started"));
  assert.ok(seen.lastIndexOf("b step-ended") < seen.indexOf("once step-started"));
  assert.ok(seen.lastIndexOf("once step-ended") < seen.indexOf("c step-started"));
});

test("a failure on one host undoes all hosts, latest first, the failed step too", async () => {
  const doors = [new FakeDoor("h1"), new FakeDoor("h2", [{ on: /^b$/ }]), new FakeDoor("h3")];
  const { kept } = await run(plan(named("a"), named("b"), named("switch", { barrier: true })), doors);
  assert.is(kept, false);
  assert.equal(doors[1]?.ran, ["a", "b", "undo b", "undo a"]);
  for (const { ran } of doors) assert.not.ok(ran.includes("switch"));
  assert.equal(doors[0]?.ran, ["a", "b", "undo b", "undo a"]);
});

test("a host finishes what it is running when another one fails, and begins nothing more", async () => {
  const doors = [new FakeDoor("h1", [], 50), new FakeDoor("h2", [{ on: /^a$/ }], 5), new FakeDoor("h3", [], 50)];
  await run(plan(named("a"), named("b")), doors);
  assert.equal(
    doors.map(({ ran }) => ran),
    [
      ["a", "undo a"],
      ["a", "undo a"],
      ["a", "undo a"],
    ],
  );
});

test("what was not begun on a host is not undone there", async () => {
  const doors = [new FakeDoor("h1", [{ on: /^migrate$/ }]), new FakeDoor("h2"), new FakeDoor("h3")];
  await run(plan(named("a"), named("migrate", { once: true })), doors);
  assert.equal(
    doors.map(({ ran }) => ran),
    [
      ["a", "migrate", "undo migrate", "undo a"],
      ["a", "undo a"],
      ["a", "undo a"],
    ],
  );
});

test("tasks whose undo is not needed or impossible are left as they are", async () => {
  const tasks = [named("a"), named("b", { undo: "not-needed" }), named("c", { undo: "irreversible" }), named("d")];
  const doors = [new FakeDoor("h1", [{ on: /^d$/ }]), new FakeDoor("h2"), new FakeDoor("h3")];
  const { kept, hosts } = await run(plan(...tasks), doors);
  assert.equal([kept, hosts.map(({ undone }) => undone)], [false, [true, true, true]]);
  assert.equal(doors[0]?.ran, ["a", "b", "c", "d", "undo d", "undo a"]);
});

test("a failure with nothing to undo is undone all the same", async () => {
  const doors = [new FakeDoor("h1", [{ on: /^a$/ }]), new FakeDoor("h2"), new FakeDoor("h3")];
  const { hosts } = await run(plan(named("a", { undo: "not-needed" })), doors);
  assert.equal(
    hosts.map(({ undone }) => undone),
    [true, true, true],
  );
});

test("an undo that fails stops the undo of its host, and of no other", async () => {
  const faults = [{ on: /^c$/ }, { on: /^undo b$/ }];
  const doors = [new FakeDoor("h1", faults), new FakeDoor("h2"), new FakeDoor("h3")];
  const { hosts } = await run(plan(named("a"), named("b"), named("c", { barrier: true })), doors);
  assert.equal(doors[0]?.ran, ["a", "b", "c", "undo c", "undo b"]);
  assert.equal(doors[1]?.ran.slice(-2), ["undo b", "undo a"]);
  assert.equal(
    hosts.map(({ undone }) => undone),
    [false, true, true],
  );
  assert.equal(
    hosts[0]?.failures.map(({ task: name, undo }) => [name, undo]),
    [
      ["c", false],
      ["b", true],
    ],
  );
});

const note = "record that the run is past the point of no return";

test("from the first final step on nothing is undone: the others go on, the failed host stops", async () => {
  const tasks = [
    named("switch", { barrier: true }),
    named("stop", { commits: true }),
    named("prune"),
    named("last", { barrier: true }),
  ];
  const doors = [new FakeDoor("h1"), new FakeDoor("h2", [{ on: /^prune$/ }]), new FakeDoor("h3")];
  const { kept } = await run(plan(...tasks), doors);
  assert.is(kept, true);
  assert.equal(
    doors.map(({ ran }) => ran),
    [
      ["switch", note, "stop", "prune", "last"],
      ["switch", note, "stop", "prune"],
      ["switch", note, "stop", "prune", "last"],
    ],
  );
});

test("no host goes past the point of no return before all are there: one that fails before it is undone on all", async () => {
  const tasks = [named("drain"), named("stop", { commits: true })];
  const doors = [new FakeDoor("h1"), new FakeDoor("h2", [{ on: /^drain$/ }], 60), new FakeDoor("h3")];
  const { kept } = await run(plan(...tasks), doors);
  assert.equal([kept, doors.map(({ ran }) => ran)], [false, Array.from({ length: 3 }, () => ["drain", "undo drain"])]);
});

const endedWait = new RemoteError({ host: "h1", title: "b", line: "", status: 130, output: "interrupted\n" });

test("when a host fails, the waits of the others are ended, once; that is no failure of theirs, and is undone", async () => {
  const nudged: string[] = [];
  const doors = [
    new FakeDoor("h1", [{ on: /^b$/, error: endedWait }], 40),
    new FakeDoor("h2", [{ on: /^a$/ }], 5),
    new FakeDoor("h3", [{ on: /^a$/ }], 20),
  ];
  const failed: string[] = [];
  const { hosts } = await run(plan(named("b"), named("a")), doors, {
    nudged: (host) => nudged.push(host),
    heard: (happening) => {
      if (happening.type === "step-failed") failed.push(`${happening.host} ${happening.task}`);
    },
  });
  assert.equal(nudged, ["h1", "h3"]);
  assert.equal(
    hosts.map(({ failures, undone }) => [failures.length, undone]),
    [
      [0, true],
      [1, true],
      [0, true],
    ],
  );
  assert.equal(failed, ["h2 a", "h1 b"]);
  assert.equal(doors[0]?.ran, ["b", "undo b"]);
});

test("a wait that ends without a reason is a failure", async () => {
  const nudged: string[] = [];
  const doors = [new FakeDoor("h1", [{ on: /^b$/, error: endedWait }]), new FakeDoor("h2"), new FakeDoor("h3")];
  const { hosts } = await run(plan(named("b")), doors, { nudged: (host) => nudged.push(host) });
  assert.equal([hosts[0]?.failures.length, nudged], [1, ["h2", "h3"]]);
});

test("what is thrown is kept as it is; what is no error becomes one", async () => {
  const error = new TypeError("a bug in a hook");
  const doors = [new FakeDoor("h1", [{ on: /^a$/, error }]), new FakeDoor("h2"), new FakeDoor("h3")];
  const { hosts } = await run(plan(named("a")), doors);
  assert.equal(hosts[0]?.failures, [{ task: "a", undo: false, error, interrupted: false }]);
});

test("the bytes of all uploads are counted", async () => {
  const send = task({
    name: "upload:send",
    commands: () => [
      { kind: "upload", from: "/a", partial: "/b", to: "/c", log: undefined, against: [], keepTimes: false },
    ],
    undo: "not-needed",
  });
  const { hosts } = await run(
    plan(send, send),
    names.map((host) => new FakeDoor(host)),
  );
  assert.equal(
    hosts.map(({ bytes }) => bytes),
    [2000, 2000, 2000],
  );
});

test.run();
