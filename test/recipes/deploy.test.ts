import { test } from "uvu";
import * as assert from "uvu/assert";
import { hook } from "../../lib/model/hook.ts";
import { deploy, hooks, rollback } from "../../recipes/index.ts";
import { aTarget } from "../support/target.ts";
import { linesOf, namesOf } from "./support/lines.ts";

const run = (): void => {};

test("a deploy sends, installs, starts, checks, switches, records, drains, stops and prunes", () => {
  assert.equal(namesOf(deploy()), [
    "upload:send",
    "release:link",
    "systemd:install",
    "environment:write",
    "systemd:start",
    "systemd:enable",
    "health:check",
    "‖ nginx:switch",
    "release:record",
    "nginx:drain",
    "‖ systemd:stop (commits)",
    "prune:releases",
  ]);
});

test("what goes before the start and before the pruning finds its place", () => {
  const names = namesOf(deploy({ beforeStart: [hooks.pre("a.sh")], beforePrune: [hooks.post("b.sh")] }));
  assert.is(
    names.findIndex((name) => name.startsWith("hooks:pre ")),
    names.indexOf("systemd:start") - 1,
  );
  assert.is(
    names.findIndex((name) => name.startsWith("hooks:post ")),
    names.indexOf("prune:releases") - 1,
  );
});

test("nothing is stopped, nor is anything lost, before all hosts have switched", () => {
  const names = namesOf(deploy());
  const after = names.slice(names.indexOf("‖ nginx:switch"));
  assert.equal(after, [
    "‖ nginx:switch",
    "release:record",
    "nginx:drain",
    "‖ systemd:stop (commits)",
    "prune:releases",
  ]);
});

test("a script runs on the host with the old and the new variant as arguments", () => {
  const task = hooks.pre("/projects/shop/scripts/migrate.sh");
  const line = (words: string): string =>
    `bash /opt/shop/.bgdeploy/hooks/pre-migrate.sh ${words} (a copy of /projects/shop/scripts/migrate.sh)`;
  assert.is(task.title, "pre script migrate.sh");
  assert.equal(linesOf(task, aTarget({ live: "blue" })), [line("blue green")]);
  assert.equal(linesOf(task, aTarget({ live: "green" })), [line("green blue")]);
  assert.equal(linesOf(task, aTarget()), [line("green blue")]);
});

test("a function is a hook command; with `once` it runs on the first host while the others wait", () => {
  const task = hooks.post(hook("announce", { once: true }, run));
  assert.equal(task.commands(aTarget()), [{ kind: "hook", title: "announce", run }]);
  assert.equal(
    [task.name, task.title, task.once, task.barrier],
    ["hooks:post announce", "post hook announce", true, true],
  );
  assert.equal(hooks.pre(hook("warm", run)).barrier, false);
});

test("a rollback is checked, switched and drained like a deploy, and prunes nothing", () => {
  assert.equal(namesOf(rollback()), [
    "rollback:unit",
    "rollback:restore",
    "systemd:start",
    "systemd:enable",
    "health:check",
    "‖ nginx:switch",
    "release:record",
    "nginx:drain",
    "‖ systemd:stop (commits)",
  ]);
});

test.run();
