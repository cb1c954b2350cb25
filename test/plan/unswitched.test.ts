import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../lib/errors.ts";
import type { Task } from "../../lib/model/task.ts";
import { flattenTasks, task } from "../../lib/model/task.ts";
import { refuseForeignSwitch, refuseUnswitched } from "../../lib/plan/unswitched.ts";
import { deploy, health, nginx, restart, systemd, upload } from "../../recipes/index.ts";

const own = task({ name: "haproxy:switch", commands: () => [], undo: "not-needed" });
const before = [upload(), systemd.install(), systemd.start(), health()];
const withOwn = flattenTasks([...before, own, systemd.stop()]);
const without = flattenTasks([...before, systemd.stop()]);
const instant = flattenTasks([...before, nginx.switch({ mode: "instant" }), systemd.stop()]);
const late = flattenTasks([...before, systemd.stop(), nginx.switch()]);
const refused = (act: () => void): string => {
  try {
    act();
    return "accepted";
  } catch (error) {
    return error instanceof UserError ? error.problems.join("\n") : String(error);
  }
};
const left = (kept: readonly Task[], all: readonly Task[]): readonly Task[] =>
  all.filter((each) => !kept.includes(each));

test("a list that stops the live variant before any switch is refused, as long as no task of one's own may be the switch", () => {
  const sentence =
    "run would stop the live variant while nginx still sends it requests: no task before systemd:stop switches the traffic. Put nginx.switch() before systemd.stop() in `tasks`";
  for (const list of [without, late])
    assert.is(
      refused(() => refuseUnswitched(list, "run")),
      sentence,
    );
  for (const list of [deploy(), instant, withOwn, flattenTasks(before)])
    assert.is(
      refused(() => refuseUnswitched(list, "run")),
      "accepted",
    );
});

test("a restart that leaves out a switch of one's own is refused, with how to keep it", () => {
  const kept = restart(withOwn);
  assert.is(
    refused(() => refuseUnswitched(kept, "restart", left(kept, withOwn))),
    "restart would stop the live variant while nginx still sends it requests: no task before systemd:stop switches the traffic. Your own tasks are left out (haproxy:switch): add --hooks to run them",
  );
  const all = restart(withOwn, { hooks: true });
  assert.is(
    refused(() => refuseUnswitched(all, "restart", left(all, withOwn))),
    "accepted",
  );
  assert.is(
    refused(() => refuseUnswitched(restart(deploy()), "restart")),
    "accepted",
  );
});

test("a rollback is refused where the config has no switch of ours", () => {
  assert.match(
    refused(() => refuseForeignSwitch(withOwn, "production")),
    /^rollback switches the traffic by nginx\.switch\(\), which this config's tasks do not have: /,
  );
  assert.is(
    refused(() => refuseForeignSwitch(instant, "production")),
    "accepted",
  );
});

test.run();
