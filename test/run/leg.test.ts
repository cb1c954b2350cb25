import { test } from "uvu";
import * as assert from "uvu/assert";
import { SessionLostError } from "../../lib/errors.ts";
import { shell } from "../../lib/model/command.ts";
import { rawLine } from "../../lib/model/shell.ts";
import type { Task, TaskOptions } from "../../lib/model/task.ts";
import { task } from "../../lib/model/task.ts";
import { makePlan } from "../../lib/plan/plan.ts";
import type { Reopened } from "../../lib/run/effects.ts";
import type { Happening } from "../../lib/run/event.ts";
import { execute } from "../../lib/run/execute.ts";
import type { Draw } from "../../lib/run/list.ts";
import type { Wave } from "../../lib/run/progress.ts";
import { aTarget, newRelease } from "../support/target.ts";
import { fakeEffects } from "./support/fake-doors.ts";
import { QueueDoor } from "./support/queue-door.ts";

function named(name: string, more: Partial<TaskOptions> = {}): Task {
  return task({
    name,
    commands: () => [shell(name, rawLine(""))],
    undo: () => [shell(`-${name}`, rawLine(""))],
    ...more,
  });
}

const hook = (name: string): Task =>
  named(name, { commands: () => [{ kind: "hook", title: name, run: () => Promise.resolve() }] });

type Options = {
  readonly heard?: string[];
  readonly signal?: AbortSignal;
  /** What a lost door is opened as again. */
  readonly again?: QueueDoor;
  /** What the host then says it has done. */
  readonly committed?: boolean;
};

function run(
  tasks: readonly Task[],
  doors: readonly QueueDoor[],
  { heard, signal, again, committed = false }: Options = {},
): Promise<Wave> {
  const targets = doors.map(({ host }) => aTarget({ host, live: "blue" }));
  const emit = (happening: Happening): void => {
    if ("task" in happening) heard?.push(`${happening.type} ${happening.task}`);
  };
  const effects = fakeEffects([], { heard: emit, ...(signal && { signal }) });
  let all = doors;
  const of = (host: string): QueueDoor => all.find((each) => each.host === host) ?? new QueueDoor("none");
  const reopen = (host: string): Promise<Reopened> => {
    if (again === undefined) return Promise.reject(new Error(`${host} does not come back`));
    all = [again, ...all];
    return Promise.resolve({ committed });
  };
  return execute(makePlan(newRelease, tasks, targets), { ...effects, doors: { of, reopen, nudge: async () => {} } });
}

const switches = { barrier: true };
const commits = { commits: true };

test("a host is sent its steps without waiting for the end of each, and runs them in order", async () => {
  const door = new QueueDoor("h1");
  const heard: string[] = [];
  const { kept } = await run([named("a"), named("b"), named("c")], [door], { heard });
  assert.is(kept, true);
  assert.equal(door.log, [">a", ">b", ">c", "a", "b", "c"]);
  assert.equal(
    heard,
    ["a", "b", "c"].flatMap((name) => [`step-started ${name}`, `command ${name}`, `step-ended ${name}`]),
  );
});

test("what is told comes in order, also where it is known late that a step has ended", async () => {
  /** Knows of its first step last, as of an upload. */
  class Late extends QueueDoor {
    override async perform(...[commands, target, ear, pace]: Parameters<QueueDoor["perform"]>) {
      const performed = await super.perform(commands, target, ear, pace);
      if (pace?.ahead === false) await new Promise((resolve) => setTimeout(resolve, 50));
      return performed;
    }
  }
  const heard: string[] = [];
  await run([named("a"), named("b"), named("c")], [new Late("h1")], { heard });
  assert.equal(
    heard.filter((each) => !each.startsWith("command")),
    ["a", "b", "c"].flatMap((name) => [`step-started ${name}`, `step-ended ${name}`]),
  );
});

test("behind a step that failed none begins: nothing is told of them, and nothing undone", async () => {
  const door = new QueueDoor("h1", { b: "fails" });
  const heard: string[] = [];
  const { kept, hosts } = await run([named("a"), named("b"), named("c"), named("d")], [door], { heard });
  assert.is(kept, false);
  assert.equal(
    hosts[0]?.failures.map((failure) => failure.task),
    ["b"],
  );
  assert.equal(door.log, [">a", ">b", ">c", ">d", "a", "b", ">-b", "-b", ">-a", "-a"]);
  assert.not.ok(heard.some((each) => / [cd]$/.test(each)));
});

test("phases that a host alone was sent, and never began, are not drawn as if they had", async () => {
  const tasks = [named("a"), named("b"), named("switch", switches), named("stop", commits)];
  const door = new QueueDoor("h1", { a: "fails" });
  const skipped: boolean[] = [];
  const draw: Draw = async (phases) => {
    for (const { skip, hosts } of phases) {
      const isSkipped = await skip();
      skipped.push(isSkipped);
      if (!isSkipped) for (const step of hosts.flatMap(({ steps }) => steps)) await step.run(() => {});
    }
  };
  await execute(makePlan(newRelease, tasks, [aTarget({ host: "h1", live: "blue" })]), {
    ...fakeEffects([]),
    draw,
    doors: { of: () => door, reopen: () => Promise.reject(new Error("lost")), nudge: async () => {} },
  });
  assert.equal(door.log.slice(0, 4), [">a", ">b", ">switch", `>${note} stop`]);
  // The last is the undo.
  assert.equal(skipped, [false, true, true, false]);
});

test("where the connection is lost, all that was sent counts as begun", async () => {
  const [door, again] = [new QueueDoor("h1", { b: new SessionLostError("h1", "gone") }), new QueueDoor("h1")];
  const { hosts } = await run([named("a"), named("b"), named("c"), hook("d")], [door], { again });
  // Nobody knows whether `b` had begun; trying it tells that the connection is lost.
  assert.equal(door.log, [">a", ">b", ">c", "a", ">b"]);
  assert.equal(again.log, [">-c", "-c", ">-b", "-b", ">-a", "-a"]);
  assert.is(hosts[0]?.undone, true);
});

test("what is not the host's own command waits for the one before it, and the next for its end", async () => {
  const door = new QueueDoor("h1");
  await run([named("a"), hook("b"), named("c")], [door]);
  assert.equal(door.log, [">a", "a", ">b", "b", ">c", "c"]);
});

const note = "record that the run is past the point of no return";

test("where other hosts may yet fail, the step of no return waits for the client's word; those behind it do not", async () => {
  const doors = [new QueueDoor("h1"), new QueueDoor("h2")];
  await run([named("a"), named("b"), named("stop", commits), named("prune")], doors);
  for (const { log } of doors) {
    assert.equal(log, [">a", ">b", "a", "b", `>${note} stop`, ">prune", note, "stop", "prune"]);
  }
});

test("a host alone is sent the step of no return ahead, too", async () => {
  const door = new QueueDoor("h1");
  const { kept } = await run([named("a"), named("stop", commits), named("prune")], [door]);
  assert.is(kept, true);
  assert.equal(door.log, [">a", `>${note} stop`, ">prune", "a", note, "stop", "prune"]);
});

test("sent ahead, the step of no return is no reason to stay as long as it has not begun", async () => {
  const door = new QueueDoor("h1", { a: "fails" });
  const { kept, hosts } = await run([named("a"), named("stop", commits), named("prune")], [door]);
  assert.is(kept, false);
  assert.is(hosts[0]?.undone, true);
  assert.equal(door.log.slice(-2), [">-a", "-a"]);
});

test("lost on the way: what the host did of it decides whether it is undone", async () => {
  const tasks = [named("a"), named("b"), named("stop", commits), named("prune")];
  const lost = (): QueueDoor => new QueueDoor("h1", { b: new SessionLostError("h1", "gone") });
  const back = new QueueDoor("h1");
  const undone = await run(tasks, [lost()], { again: back });
  assert.equal([undone.kept, undone.hosts[0]?.undone], [false, true]);
  assert.equal(back.log.slice(-4), [">-b", "-b", ">-a", "-a"]);
  const past = new QueueDoor("h1");
  const kept = await run(tasks, [lost()], { again: past, committed: true });
  assert.equal([kept.kept, kept.hosts[0]?.undone], [true, false]);
  assert.equal(past.log, []);
  assert.is(kept.hosts[0]?.failures.length, 1);
});

test("lost in the undo, on a host that went on alone: nothing more is undone", async () => {
  const controller = new AbortController();
  const gone = new SessionLostError("h1", "gone");
  /** Loses the connection after `a`, which an interrupt had followed: nobody hears of what was sent behind it. */
  class Losing extends QueueDoor {
    override async perform(...[commands, target, ear, pace]: Parameters<QueueDoor["perform"]>) {
      if (pace?.ahead === true || pace === undefined) {
        controller.abort();
        throw gone;
      }
      return super.perform(commands, target, ear, pace);
    }
  }
  const back = new QueueDoor("h1");
  const tasks = [named("a"), named("stop", commits)];
  const options = { signal: controller.signal, again: back, committed: true };
  const { kept, hosts } = await run(tasks, [new Losing("h1")], options);
  assert.is(kept, true);
  assert.equal(back.log, []);
  assert.equal(
    hosts[0]?.failures.map(({ error, undo }) => [error, undo]),
    [[gone, false]],
  );
});

test("hosts wait for each other at a barrier; a host alone has nobody to wait for", async () => {
  const tasks = [named("a"), named("switch", switches), named("b", { eager: true }), named("c")];
  const [one, two] = [new QueueDoor("h1"), new QueueDoor("h2")];
  await run(tasks, [one, two]);
  for (const { log } of [one, two]) assert.equal(log, [">a", "a", ">switch", ">b", "switch", "b", ">c", "c"]);
  const alone = new QueueDoor("h1");
  await run(tasks, [alone]);
  assert.equal(alone.log, [">a", ">switch", ">b", ">c", "a", "switch", "b", "c"]);
});

test("when a host fails, the other one finishes what it was sent, and all of that is undone", async () => {
  const [good, bad] = [new QueueDoor("h1"), new QueueDoor("h2", { a: "fails" })];
  await run([named("a"), named("b"), named("switch", switches)], [good, bad]);
  assert.equal(good.log, [">a", ">b", "a", "b", ">-b", "-b", ">-a", "-a"]);
  assert.equal(bad.log, [">a", ">b", "a", ">-a", "-a"]);
});

test("a step that an interrupt skipped is done all the same once there is no way back", async () => {
  const controller = new AbortController();
  /** Skips the last of what was sent ahead, as a host does that finds the mark of an interrupt. */
  class Skipping extends QueueDoor {
    before: Promise<unknown> = Promise.resolve();
    override async perform(...[commands, target, ear, pace]: Parameters<QueueDoor["perform"]>) {
      if (pace?.ahead === true && commands.some((command) => "title" in command && command.title === "prune")) {
        await this.before;
        controller.abort();
        return "skipped" as const;
      }
      const performed = super.perform(commands, target, ear, pace);
      this.before = performed;
      return performed;
    }
  }
  const door = new Skipping("h1");
  const { kept } = await run([named("a"), named("stop", commits), named("prune")], [door], {
    signal: controller.signal,
  });
  assert.is(kept, true);
  assert.equal(door.log, [">a", `>${note} stop`, "a", note, "stop", ">prune", "prune"]);
});

test.run();
