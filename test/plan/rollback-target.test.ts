import { test } from "uvu";
import * as assert from "uvu/assert";
import type { KnownRelease } from "../../lib/model/release.ts";
import { makeRelease } from "../../lib/model/release.ts";
import type { Target } from "../../lib/model/target.ts";
import { rollbackId, sameVersionWarning } from "../../lib/plan/rollback-target.ts";
import { aTarget } from "../support/target.ts";

const [first, second, third] = ["v10", "v11", "v11"].map((version, day) => makeRelease(version, day * 86_400_000));
const id = { v10: first?.id ?? "", v11: second?.id ?? "", again: third?.id ?? "" };

/** Green is live. */
function aHost(blue: string, green: string, releases: readonly KnownRelease[]): Target {
  return aTarget({ live: "green", facts: { links: { blue, green, current: green }, releases } });
}

const twice = aHost(id.v11, id.again, [
  { id: id.v10, status: "previous" },
  { id: id.v11, status: "previous" },
  { id: id.again, status: "live" },
]);

test("the version that is live is passed over, which is said with how to choose it", () => {
  assert.is(rollbackId(twice, undefined), id.v10);
  assert.is(
    sameVersionWarning({ ...twice, release: makeRelease("v10", 0) }),
    `skips ${id.v11}, which is the same version as the live release. To choose it: --to ${id.v11}`,
  );
  assert.is(rollbackId(twice, id.v11), id.v11);
});

test("where there is no other version it is the one to go back to, and that is said", () => {
  const only = aHost(id.v11, id.again, [
    { id: id.v11, status: "previous" },
    { id: id.again, status: "live" },
  ]);
  assert.is(rollbackId(only, undefined), id.v11);
  assert.is(
    sameVersionWarning({ ...only, release: makeRelease("v11", 86_400_000) }),
    `there is no other good version: ${id.v11} is also v11, like the live release`,
  );
});

test("no rollback returns by itself to a release that one has left", () => {
  const left = aHost(id.v11, id.v10, [
    { id: id.v10, status: "live" },
    { id: id.v11, status: "rolled-back" },
  ]);
  assert.is(rollbackId(left, undefined), undefined);
  assert.is(rollbackId(left, "v11"), id.v11);
});

test("of two versions nothing needs to be said", () => {
  const usual = aHost(id.v10, id.v11, [
    { id: id.v10, status: "previous" },
    { id: id.v11, status: "live" },
  ]);
  assert.is(rollbackId(usual, undefined), id.v10);
  assert.is(sameVersionWarning({ ...usual, release: makeRelease("v10", 0) }), undefined);
});

test.run();
