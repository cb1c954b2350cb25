import { test } from "uvu";
import * as assert from "uvu/assert";
import type { LiveState } from "../../lib/model/live.ts";
import { makeLayout } from "../../lib/model/layout.ts";
import type { Variant } from "../../lib/model/variant.ts";
import { makeTarget } from "../../lib/plan/target.ts";
import type { FactsOptions } from "../support/target.ts";
import { aUnit, anApp, newRelease, someFacts } from "../support/target.ts";

const app = anApp();
const layout = makeLayout(app.name, app.destination);
const host = { name: "h1", roles: ["web"] };

const rows: readonly (readonly [string, FactsOptions, LiveState["kind"], Variant | undefined, Variant])[] = [
  ["a host before its first deploy has nothing live, and blue is next", {}, "first", undefined, "blue"],
  ["where blue is live, green is next", { live: "blue" }, "live", "blue", "green"],
  ["where green is live, blue is next", { live: "green" }, "live", "green", "blue"],
  [
    "a live variant that is down still is the live one",
    { live: "blue", units: { blue: aUnit("failed") } },
    "down",
    "blue",
    "green",
  ],
  [
    "where nothing can be told, nothing is taken for live",
    { live: "blue", files: { backend: "?" } },
    "unclear",
    undefined,
    "blue",
  ],
];

for (const [name, options, kind, live, idle] of rows) {
  test(name, () => {
    const target = makeTarget({ host, app, layout, facts: someFacts(options) }, newRelease);
    assert.equal({ kind: target.state.kind, live: target.live, idle: target.idle }, { kind, live, idle });
  });
}

test("a target carries all that a task needs, and cannot be changed", () => {
  const facts = someFacts({ live: "blue" });
  const { state, live, idle, ...rest } = makeTarget({ host, app, layout, facts }, newRelease);
  assert.equal(rest, { host, app, layout, facts, owner: "deploy", release: newRelease, copy: false });
  assert.ok(Object.isFrozen(makeTarget({ host, app, layout, facts }, newRelease)));
  assert.equal([state, live, idle], [{ kind: "live", live: "blue", idle: "green", repairs: [] }, "blue", "green"]);
});

test.run();
