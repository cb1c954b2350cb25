import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PrunePolicy } from "../../lib/model/app.ts";
import type { KnownRelease, ReleaseStatus } from "../../lib/model/release.ts";
import { makeRelease } from "../../lib/model/release.ts";
import { prunable, prune } from "../../recipes/prune.ts";
import { aTarget, newRelease } from "../support/target.ts";
import { linesOf } from "./support/lines.ts";

const day = 86_400_000;
const daysAgo = (days: number, version = `d${days}`): string => makeRelease(version, newRelease.time - days * day).id;

/** Releases by their age in days; `live` is the first, which `current` and `current-blue` point to. */
function pruned(
  releases: Readonly<Record<number, ReleaseStatus | undefined>>,
  policy: Partial<PrunePolicy>,
): readonly string[] {
  const known: readonly KnownRelease[] = Object.entries(releases).map(([days, status]) => ({
    id: daysAgo(Number(days)),
    status,
  }));
  const current = known.find(({ status }) => status === "live")?.id;
  const target = aTarget({ live: "blue", facts: { releases: known, links: { current, blue: current } } });
  return prunable(target, { olderThan: undefined, keep: undefined, ...policy }).map((id) => id.slice(20));
}

const history = { 1: "live", 10: "previous", 20: "previous", 31: "previous", 40: "previous" } as const;

const rows: readonly (readonly [string, Parameters<typeof pruned>, readonly string[]])[] = [
  ["without a policy nothing goes", [history, {}], []],
  ["those older than 30 days go, oldest first", [history, { olderThan: 30 * day }], ["d40", "d31"]],
  ["exactly 31 days are not more than 31 days", [history, { olderThan: 31 * day }], ["d40"]],
  ["all but the newest go, the new one counted", [history, { keep: 3 }], ["d40", "d31", "d20"]],
  ["both together: what is old, and what is too many", [history, { olderThan: 35 * day, keep: 4 }], ["d40", "d31"]],
  [
    "the live one stays, however old: it is the one to go back to",
    [{ 400: "live", 500: "previous" }, { olderThan: 30 * day }],
    ["d500"],
  ],
  ["the live one stays, however few are kept", [{ 2: "live", 3: "previous" }, { keep: 1 }], ["d3"]],
  [
    "a failed one does not count among those kept, but goes with them",
    [{ 1: "live", 2: "failed", 3: "previous", 4: "previous" }, { keep: 3 }],
    ["d4", "d2"],
  ],
  [
    "one that never came to live does not count either",
    [{ 1: "live", 2: "staged", 3: "previous" }, { keep: 2 }],
    ["d3", "d2"],
  ],
  [
    "a failed one goes by age as any other",
    [{ 1: "live", 20: "failed", 40: "failed" }, { olderThan: 30 * day }],
    ["d40"],
  ],
  ["one of another tool counts as good", [{ 1: "live", 2: undefined, 3: undefined }, { keep: 3 }], ["d3"]],
];

for (const [name, words, gone] of rows) test(name, () => assert.equal(pruned(...words), gone));

test("what a symlink points to stays", () => {
  const [blue, current] = [daysAgo(90), daysAgo(80)];
  const releases = [
    { id: blue, status: "previous" },
    { id: current, status: "previous" },
  ] as const;
  const target = aTarget({ live: "blue", facts: { releases, links: { current, blue } } });
  assert.equal(prunable(target, { olderThan: day, keep: 1 }), []);
});

test("pruning alone keeps what both slots point to", () => {
  const [live, idle, old] = [daysAgo(50), daysAgo(60), daysAgo(70)];
  const releases = [live, idle, old].map((id) => ({ id, status: "previous" }) as const);
  const release = makeRelease("d50", newRelease.time - 50 * day);
  const target = aTarget({
    live: "blue",
    release,
    facts: { releases, links: { current: live, blue: live, green: idle } },
  });
  assert.equal(prunable(target, { olderThan: undefined, keep: 1 }), [old]);
});

test("5,000 releases are pruned to the newest five", () => {
  const releases = Array.from(
    { length: 5000 },
    (_, index) => ({ id: daysAgo(index + 1), status: "previous" }) as const,
  );
  const target = aTarget({ live: "blue", facts: { releases, links: { current: daysAgo(1), blue: daysAgo(1) } } });
  const ids = prunable(target, { olderThan: undefined, keep: 5 });
  assert.is(ids.length, 4996);
  assert.equal([ids[0], ids.at(-1)], [daysAgo(5000), daysAgo(5)]);
});

test("5,000 releases are no line too long, and nothing else is deleted", () => {
  const directory = mkdtempSync(join(tmpdir(), "bgdeploy-test-"));
  try {
    const releases = Array.from(
      { length: 5000 },
      (_, index) => ({ id: daysAgo(index + 1, `v1.${index}-12-gabcdef0`), status: "previous" }) as const,
    );
    // Most of them are gone already: a disk takes its time for 5,000.
    const there = releases.slice(0, 100).map(({ id }) => id);
    for (const name of [...there, "lost+found"]) mkdirSync(join(directory, "versions", name), { recursive: true });
    mkdirSync(join(directory, ".bgdeploy"));
    const target = aTarget({ live: "blue", app: { destination: directory }, facts: { releases } });
    for (const command of prune({ keep: 1 }).commands(target)) {
      const raw = command.kind === "shell" ? command.line.raw : "";
      assert.is(spawnSync("bash", [], { input: `eval '${raw}'`, encoding: "utf8" }).stderr, "");
    }
    assert.equal(readdirSync(join(directory, "versions")), ["lost+found"]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("the task deletes directories and records, and says how many", () => {
  const target = aTarget({ live: "blue", facts: { releases: [{ id: daysAgo(40), status: "previous" }] } });
  const id = daysAgo(40);
  assert.equal(linesOf(prune(), target), [
    `rm -rf -- /opt/shop/versions/${id} ${["json", "env", "service", "sha256", "tree"].map((end) => `/opt/shop/.bgdeploy/releases/${id}.${end}`).join(" ")}`,
  ]);
  assert.equal(linesOf(prune({ olderThan: "60d" }), target), []);
  assert.is(prune().undo, "irreversible");
});

test("a duration that is none is refused, not taken for never", () => {
  assert.throws(() => prune({ olderThan: "1e3d" }), 'prune(): "1e3d" is not a duration such as "30d"');
});

test.run();
