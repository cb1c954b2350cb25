import { test } from "uvu";
import * as assert from "uvu/assert";
import { task } from "../../lib/model/task.ts";
import { rawLine } from "../../lib/model/shell.ts";
import type { Command } from "../../lib/model/command.ts";
import { shell } from "../../lib/model/command.ts";
import { makePlan } from "../../lib/plan/plan.ts";
import { phaseName } from "../../lib/plan/phase-name.ts";
import { changeLines, taskTitle } from "../../lib/plan/title.ts";
import { treeReporter } from "../../lib/report/tree.ts";
import { aTarget, newRelease } from "../support/target.ts";
import { advice, aHost, anOutcome, aScreen } from "./an-outcome.ts";
import { events } from "./events.ts";

const commands = (): readonly Command[] => [shell("a", rawLine("a"))];
const nothing = { release: undefined, variant: undefined };
const summary = "h1  nothing → v1.1 (green)  4.2 s  1.3 MB sent\n\nDone in 4.5 s: v1.1 is live on h1.\n";

test("what listr2 would overwrite is kept until the end", () => {
  const screen = aScreen();
  const reporter = treeReporter(screen, advice);
  for (const event of events) reporter.on(event);
  const above = "Connecting to h1, prod-02 …\n";
  assert.is(screen.text(), above);
  reporter.end(anOutcome([aHost("h1", { from: nothing })]));
  assert.is(
    screen.text().slice(above.length),
    `
Warning: h1: nginx -t is skipped
h1  hooks:pre migrate
  migrated
  100 %

${summary}`,
  );
});

test("hosts whose hooks printed the same share it", () => {
  const screen = aScreen();
  const reporter = treeReporter(screen, advice);
  for (const host of ["h1", "h2"]) reporter.on({ at: 0, type: "output", host, task: "hooks:post", text: "said\n" });
  reporter.end(anOutcome([aHost("h1", { from: nothing })]));
  assert.is(screen.text(), `\nh1, h2  hooks:post\n  said\n\n${summary}`);
});

test("of a long output the last lines are kept", () => {
  const screen = aScreen();
  const reporter = treeReporter(screen, advice);
  for (let index = 1; index <= 1000; index++) {
    reporter.on({ at: 0, type: "output", host: "h1", task: "hooks:post", text: `${index}\n` });
  }
  reporter.end(anOutcome([aHost("h1", { from: nothing })]));
  assert.equal(screen.text().split("\n").slice(0, 4), ["", "h1  hooks:post", "  … 800 earlier lines", "  801"]);
});

test("phases are named by what they do, and titles are one line each", () => {
  const send = task({ name: "upload:send", title: "send\nthe release", commands, undo: "not-needed" });
  const check = task({ name: "health:wait", title: "wait", commands, undo: "not-needed" });
  const flip = task({ name: "nginx:switch", title: "switch", barrier: true, commands, undo: "not-needed" });
  const targets = [aTarget({ live: "blue" }), aTarget({ host: "h2" })];
  const { phases } = makePlan(newRelease, [send, check, flip], targets);
  assert.equal(
    phases.map((phase) => phaseName(phase)),
    ["Prepare and start", "Switch"],
  );
  assert.equal(changeLines([...targets, aTarget({ host: "h3", live: "blue" })]), [
    "h1, h3  v1.0 (blue) → v1.1 (green)",
    "h2  nothing → v1.1 (blue)",
  ]);
  assert.is(taskTitle(send), "send the release");
  assert.is(taskTitle(send, { undo: true, seconds: 0.84 }), "undo: send the release  0.8 s");
});

test.run();
