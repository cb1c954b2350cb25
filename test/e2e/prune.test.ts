import { utimes } from "node:fs/promises";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said, served, withoutTimes } from "../support/hosts.ts";

const day = 86_400_000;
const idOf = (daysAgo: number, rest: string): string =>
  `${new Date(Date.now() - daysAgo * day).toISOString().slice(0, 19).replaceAll(/[-:]/g, "_")}${rest}`;

const test = labSuite("prune");
let scene: Scene;
test.before(async () => {
  scene = await aScene("prune");
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

const versions = async (): Promise<readonly string[]> =>
  withoutTimes(await said(scene.lab, "h1", "ls -A /opt/link-shortener/versions"))
    .trimEnd()
    .split("\n")
    .toSorted();

const plant = (names: readonly string[]): Promise<string> =>
  said(
    scene.lab,
    "h1",
    `cd /opt/link-shortener/versions && mkdir ${names.join(" ")} && touch ${names.map((name) => `${name}/file`).join(" ")} && chown -R deploy: ${names.join(" ")}`,
  );

test("S6: releases with ids of more than 30 days ago are deleted, the ancestor's too; younger ones and strangers stay", async () => {
  const old = ["2025_05_13T00_00_00-v1.0", "2025_05_13T00_00_00_v1", idOf(31, "-old")];
  const young = [idOf(29, "_young")];
  const strangers = ["2024", "backup.2020-01-01", "keep.me", "2020_01_01T00_00_00", ".hidden"];
  await plant([...old, ...young, ...strangers]);
  succeeded(await scene.project.deploy("v2"));
  assert.equal(
    await versions(),
    [...young, ...strangers, "TIME-v1", "TIME-v2", "current", "current-blue", "current-green"].toSorted(),
  );
});

test("S6: files that were old before the upload do not make a release old", async () => {
  await scene.project.build("v3");
  const dist = join(scene.project.directory, "dist");
  const then = new Date(Date.now() - 40 * day);
  for (const file of await readdir(dist, { recursive: true })) await utimes(join(dist, file), then, then);
  succeeded(await scene.project.run("run", "production", "--version", "v3"));
  succeeded(await scene.project.deploy("v4"));
  assert.equal(
    (await versions()).filter((name) => name.startsWith("TIME")),
    ["TIME-v1", "TIME-v2", "TIME-v3", "TIME-v4"],
  );
});

test("S6: a release in use is never deleted, however old its id", async () => {
  const live = idOf(50, "-v0");
  const swap =
    "cd /opt/link-shortener/versions; new=$(readlink current); mv $new ID; for l in current current-green; do ln -sfn ID $l; done; chown -h deploy: current current-green";
  await said(scene.lab, "h1", swap.replaceAll("ID", live));
  const { stdout } = succeeded(await scene.project.deploy("v5"));
  assert.match(stdout, "v0 (green) → v5 (blue)");
  assert.is(await served(scene.lab, "h1"), "v5 blue");
  assert.ok((await versions()).includes("TIME-v0"));
});

test("S6: `keep` leaves the newest and what is in use", async () => {
  await scene.project.write({ settings: `prune: { keep: 2 },` });
  succeeded(await scene.project.deploy("v6"));
  assert.equal(
    (await versions()).filter((name) => name.startsWith("TIME")),
    ["TIME-v5", "TIME-v6"],
  );
});

test.run();
