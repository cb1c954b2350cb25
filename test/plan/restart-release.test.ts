import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../lib/errors.ts";
import type { Target } from "../../lib/model/target.ts";
import { differentReleases, withLiveReleases } from "../../lib/plan/restart-release.ts";
import type { TargetOptions } from "../support/target.ts";
import { aTarget, newRelease, oldRelease } from "../support/target.ts";

const placeholder = { id: "restart", version: "restart", time: 0 };
const aHost = (options: TargetOptions = {}): Target => aTarget({ release: placeholder, ...options });
const other: TargetOptions = {
  host: "h2",
  live: "green",
  facts: { links: { green: newRelease.id }, releases: [{ id: newRelease.id, status: "live" }] },
};

test("each host gets the release that is live there", () => {
  const targets = withLiveReleases([aHost({ live: "blue" }), aHost(other)]);
  assert.equal(
    targets.map(({ host, release }) => [host.name, release]),
    [
      ["h1", oldRelease],
      ["h2", newRelease],
    ],
  );
});

test("a live release that is down is started again, too", () => {
  const units = { blue: { active: "failed", enabled: true, pid: 0 } };
  const [target] = withLiveReleases([aHost({ live: "blue", facts: { units } })]);
  assert.equal([target?.state.kind, target?.release], ["down", oldRelease]);
});

test("hosts without a live release are refused, all at once", () => {
  const problems = problemsOf([
    aHost(),
    aHost({ host: "h2", live: "blue", facts: { links: { blue: undefined, current: undefined } } }),
    aHost({ host: "h3", live: "blue", facts: { releases: [] } }),
    aHost({
      host: "h4",
      live: "blue",
      facts: { links: { blue: "by-hand" }, releases: [{ id: "by-hand", status: undefined }] },
    }),
  ]);
  assert.equal(problems, [
    "h1: nothing is deployed there, so there is nothing to restart",
    "h2: /opt/shop/versions/current-blue names no release, so there is nothing to restart. Deploy: bgdeploy run <stage>",
    `h3: the live release ${oldRelease.id} is no longer in /opt/shop/versions. Deploy: bgdeploy run <stage>`,
    "h4: by-hand, which is live, is not a release of bgdeploy. Deploy: bgdeploy run <stage>",
  ]);
});

test("hosts that differ are said, each with its own", () => {
  assert.equal(differentReleases(withLiveReleases([aHost({ live: "blue" })])), []);
  assert.equal(differentReleases(withLiveReleases([aHost({ live: "blue" }), aHost(other)])), [
    { host: "h1", text: `keeps its ${oldRelease.id}; the hosts differ` },
    { host: "h2", text: `keeps its ${newRelease.id}; the hosts differ` },
  ]);
});

function problemsOf(targets: readonly Target[]): readonly string[] {
  try {
    withLiveReleases(targets);
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
}

test.run();
