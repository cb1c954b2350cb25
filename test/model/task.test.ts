import { test } from "uvu";
import * as assert from "uvu/assert";
import { hook } from "../../lib/model/hook.ts";
import { flattenTasks, task } from "../../lib/model/task.ts";
import { aTarget } from "../support/target.ts";

const commands = (): readonly [] => [];
const run = (): void => {};
const named = (name: string) => task({ name, commands, undo: "not-needed" });

test("a task has a title, is no barrier and runs on every host, unless it says otherwise", () => {
  const { refuse, ...rest } = named("cache:clear");
  assert.is(refuse(aTarget()), undefined);
  assert.equal(rest, {
    name: "cache:clear",
    title: "cache:clear",
    barrier: false,
    eager: false,
    once: false,
    commits: false,
    urgent: false,
    commands,
    undo: "not-needed",
  });
});

test("a task that runs once is a barrier: the others wait", () => {
  const { once, barrier } = task({ name: "migrate", once: true, commands, undo: "irreversible" });
  assert.equal({ once, barrier }, { once: true, barrier: true });
});

test("a task cannot be changed", () => {
  assert.throws(() => Object.assign(named("a"), { name: "b" }), /read only/);
});

test("lists of tasks in lists become one list in order", () => {
  const [a, b, c] = [named("a"), named("b"), named("c")];
  assert.equal(flattenTasks([a, [[b], []], c]), [a, b, c]);
  assert.equal(flattenTasks(a), [a]);
  assert.equal(flattenTasks([]), []);
});

test("a hook is a name and a function, with options between them where there are any", () => {
  assert.equal(hook("announce", run), { name: "announce", once: false, run });
  assert.equal(hook("migrate", { once: true }, run), { name: "migrate", once: true, run });
  assert.equal(hook("warm", {}, run), { name: "warm", once: false, run });
});

test("a hook without a function is refused by name", () => {
  const careless = hook as (...words: unknown[]) => unknown;
  assert.throws(() => careless("migrate", { once: true }), 'hook("migrate") needs a function');
});

test.run();
