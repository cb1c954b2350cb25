import { test } from "uvu";
import * as assert from "uvu/assert";
import { shell } from "../../lib/model/command.ts";
import { sh } from "../../lib/model/shell.ts";
import type { TaskOptions } from "../../lib/model/task.ts";
import { task } from "../../lib/model/task.ts";
import { phaseName, sectionsOf } from "../../lib/plan/phase-name.ts";
import { makePlan } from "../../lib/plan/plan.ts";
import { aTarget, newRelease } from "../support/target.ts";

const aTask = (name: string, more: Partial<TaskOptions> = {}): ReturnType<typeof task> =>
  task({ name, undo: "not-needed", commands: () => [shell("work", sh`true`)], ...more });

const deploy = [
  aTask("upload:send", { title: "send the release" }),
  aTask("cache:warm"),
  aTask("systemd:start", { title: "start the new variant" }),
  aTask("health:check", { title: "check its health" }),
  aTask("nginx:switch", { title: "move the traffic", barrier: true }),
  aTask("systemd:stop", { title: "stop the old variant", commits: true }),
  aTask("hooks:post announce", { title: "post hook announce", once: true }),
];

test("the phases of a deploy are prepare and start, switch, finish; a hook that waits has its title", () => {
  const { phases } = makePlan(newRelease, deploy, [aTarget({ live: "blue" })]);
  assert.equal(
    phases.map((phase) => phaseName(phase)),
    ["Prepare and start", "Switch", "Finish", "Post hook announce"],
  );
  assert.equal(
    phases.flatMap((phase) => sectionsOf(phase).map(({ name, tasks }) => [name, ...tasks.map((each) => each.name)])),
    [
      ["Prepare", "upload:send", "cache:warm"],
      ["Start", "systemd:start", "health:check"],
      ["Switch", "nginx:switch"],
      ["Finish", "systemd:stop"],
      ["Finish", "hooks:post announce"],
    ],
  );
});

test("a task without a title that stands alone has its name, as it is", () => {
  const { phases } = makePlan(newRelease, [aTask("cache:warm", { once: true })], [aTarget({ live: "blue" })]);
  assert.equal(
    phases.map((phase) => phaseName(phase)),
    ["cache:warm"],
  );
});

test("a task that only a later host has stands where it runs there", () => {
  const commands: TaskOptions["commands"] = ({ host }) => (host.name === "h2" ? [shell("work", sh`true`)] : []);
  const tasks = [aTask("a:one"), aTask("b:two", { commands }), aTask("c:three")];
  const { phases } = makePlan(newRelease, tasks, [aTarget({ live: "blue" }), aTarget({ host: "h2", live: "blue" })]);
  assert.equal(
    phases.flatMap((phase) => sectionsOf(phase).flatMap((each) => each.tasks.map(({ name }) => name))),
    ["a:one", "b:two", "c:three"],
  );
});

test.run();
