import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../lib/errors.ts";
import type { Command } from "../../lib/model/command.ts";
import { shell, sudo } from "../../lib/model/command.ts";
import { rawLine } from "../../lib/model/shell.ts";
import type { Task, TaskOptions } from "../../lib/model/task.ts";
import { task } from "../../lib/model/task.ts";
import type { Plan } from "../../lib/plan/plan.ts";
import { makePlan } from "../../lib/plan/plan.ts";
import type { SudoRules } from "../../lib/model/sudo.ts";
import { aTarget, newRelease } from "../support/target.ts";

const three = ["h1", "h2", "h3"].map((host) => aTarget({ host, live: "blue" }));

test("tasks without a barrier make one phase, in which hosts go at their own pace", () => {
  assert.equal(phasesOf(makePlan(newRelease, [named("a"), named("b")], three)), [
    { h1: ["a", "b"], h2: ["a", "b"], h3: ["a", "b"] },
  ]);
});

test("a barrier stands in a phase alone: hosts wait for each other before and after it", () => {
  const tasks = [named("a"), named("b"), named("switch", { barrier: true }), named("c"), named("d")];
  assert.equal(phasesOf(makePlan(newRelease, tasks, [aTarget({ host: "h1" })])), [
    { h1: ["a", "b"] },
    { h1: ["switch"] },
    { h1: ["c", "d"] },
  ]);
});

test("barriers next to each other, first and last are phases of their own", () => {
  const tasks = [
    named("a", { barrier: true }),
    named("b", { barrier: true }),
    named("c"),
    named("d", { barrier: true }),
  ];
  assert.equal(phasesOf(makePlan(newRelease, tasks, [aTarget({ host: "h1" })])), [
    { h1: ["a"] },
    { h1: ["b"] },
    { h1: ["c"] },
    { h1: ["d"] },
  ]);
});

test("behind a barrier an eager task begins at once, behind one that commits any; behind what runs once none", () => {
  const eager = { eager: true };
  const [flip, drain] = [named("switch", { barrier: true }), named("drain", eager)];
  const phases = (...tasks: readonly Task[]): unknown =>
    phasesOf(makePlan(newRelease, tasks, [aTarget({ host: "h1" })])).map((each) => Object.values(each).flat());
  assert.equal(phases(named("a", eager), named("b"), flip, named("record", eager), drain, named("c")), [
    ["a", "b"],
    ["switch", "record", "drain"],
    ["c"],
  ]);
  assert.equal(
    phases(flip, named("record", eager), named("announce"), drain, named("stop", { commits: true }), named("prune")),
    [
      ["switch", "record"],
      ["announce", "drain"],
      ["stop", "prune"],
    ],
  );
  assert.equal(phases(named("migrate", { once: true }), named("b", eager)), [["migrate"], ["b"]]);
});

test("a task that runs once runs on the first host, while the others wait", () => {
  const tasks = [named("a"), named("migrate", { once: true }), named("b")];
  assert.equal(phasesOf(makePlan(newRelease, tasks, three)), [
    { h1: ["a"], h2: ["a"], h3: ["a"] },
    { h1: ["migrate"] },
    { h1: ["b"], h2: ["b"], h3: ["b"] },
  ]);
});

test("a host that has nothing to do in a task has no step; a phase that is empty everywhere is none", () => {
  const onlyH2 = named("a", { commands: ({ host }) => (host.name === "h2" ? [command("a")] : []) });
  const never = named("b", { barrier: true, commands: () => [] });
  assert.equal(phasesOf(makePlan(newRelease, [onlyH2, never], three)), [{ h2: ["a"] }]);
  assert.equal(phasesOf(makePlan(newRelease, [never], three)), []);
});

test("an undo is worked out with its step; words for it are kept", () => {
  const undo = [command("undo a")];
  const tasks = [named("a", { undo: () => undo }), named("b"), named("c", { undo: "irreversible" })];
  const [phase] = makePlan(newRelease, tasks, [aTarget()]).phases;
  assert.equal(
    phase?.hosts[0]?.steps.map((step) => step.undo),
    [undo, "not-needed", "irreversible"],
  );
});

test("from the task that commits on, steps are final; all hosts begin it together", () => {
  const tasks = [named("a"), named("stop", { commits: true }), named("prune")];
  const { phases } = makePlan(newRelease, tasks, [aTarget()]);
  assert.is(phases.length, 2);
  assert.equal(
    phases.flatMap(({ hosts }) => hosts.flatMap(({ steps }) => steps)).map((step) => [step.task.name, step.final]),
    [
      ["a", false],
      ["stop", true],
      ["prune", true],
    ],
  );
});

test("without a task that commits no step is final", () => {
  const [phase] = makePlan(newRelease, [named("a"), named("b", { undo: "irreversible" })], [aTarget()]).phases;
  assert.equal(
    phase?.hosts[0]?.steps.map((step) => step.final),
    [false, false],
  );
});

const optional = sudo(["nginx", "-t"], { optional: true });
const needed = sudo(["systemctl", "reload", "nginx"]);

test("an optional command without a sudo rule is left out, and the rule is named", () => {
  const target = aTarget({ facts: { sudo: rules("/bin/systemctl reload nginx") } });
  const { phases, warnings } = makePlan(
    newRelease,
    [named("nginx:switch", { commands: () => [optional, needed] })],
    [target],
  );
  assert.equal(phases[0]?.hosts[0]?.steps[0]?.commands, [needed]);
  assert.equal(warnings, [
    {
      host: "h1",
      text: "nginx:switch: `nginx -t` is skipped: no sudo rule allows it (`bgdeploy sudoers <stage>` prints it)",
    },
  ]);
});

test("an optional command of an undo without a rule is left out too", () => {
  const target = aTarget({ facts: { sudo: rules("/bin/systemctl reload nginx") } });
  const { phases } = makePlan(newRelease, [named("a", { undo: () => [optional, needed] })], [target]);
  assert.equal(phases[0]?.hosts[0]?.steps[0]?.undo, [needed]);
});

test("a task of the first host alone warns of the first host alone", () => {
  const tasks = [named("migrate", { once: true, commands: () => [command("x"), optional] })];
  const targets = ["h1", "h2"].map((host) => aTarget({ host, facts: { sudo: rules("/bin/true") } }));
  assert.equal(
    makePlan(newRelease, tasks, targets).warnings.map(({ host }) => host),
    ["h1"],
  );
});

test("every rule that is missing is refused at once, each once, also those of an undo", () => {
  const stop = sudo(["systemctl", "stop", "shop@green.service"]);
  const tasks = [
    named("a", { commands: () => [needed, needed], undo: () => [stop] }),
    named("b", { commands: () => [needed] }),
  ];
  const targets = [
    aTarget({ host: "h1", facts: { sudo: rules("/usr/sbin/nginx -t") } }),
    aTarget({ host: "h2", facts: { sudo: { kind: "none", reason: "sudo: a password is required" } } }),
    aTarget({ host: "h3", facts: { sudo: { kind: "root" } } }),
  ];
  const sentence = (hosts: string, line: string): string =>
    `${hosts}: sudo does not allow deploy to run \`${line}\` without a password. Add the rule: \`bgdeploy sudoers <stage>\` prints the whole file.`;
  assert.equal(
    refusals(() => makePlan(newRelease, tasks, targets)),
    [sentence("h1, h2", "systemctl reload nginx"), sentence("h1, h2", "systemctl stop shop@green.service")],
  );
});

test("a plan cannot be changed", () => {
  assert.ok(Object.isFrozen(makePlan(newRelease, [named("a")], three)));
});

function named(name: string, more: Partial<TaskOptions> = {}): Task {
  return task({ name, commands: () => [command(name)], undo: "not-needed", ...more });
}

function command(title: string): Command {
  return shell(title, rawLine("true"));
}

function rules(...lines: readonly string[]): SudoRules {
  return { kind: "rules", rules: lines };
}

/** Each phase as the names of tasks by host. */
function phasesOf(plan: Plan): readonly Readonly<Record<string, readonly string[]>>[] {
  return plan.phases.map((phase) =>
    Object.fromEntries(phase.hosts.map(({ target, steps }) => [target.host.name, steps.map((step) => step.task.name)])),
  );
}

function refusals(act: () => unknown): readonly string[] {
  try {
    act();
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
}

test.run();
