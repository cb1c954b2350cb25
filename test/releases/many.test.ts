import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import { idsOn, quick } from "./support/host.ts";

const count = 5000;

const test = labSuite("5,000 releases");
let scene: Scene;
test.before(async () => {
  scene = await aScene("many", { hosts: ["h*"], settings: `${quick} prune: { olderThan: "3650d" },` });
  succeeded(await scene.project.deploy("v1"));
  await said(
    scene.lab,
    "h1",
    `cd /opt/link-shortener && for i in $(seq -w ${count}); do id=2025_05_13T01_02_03-n$i; mkdir versions/$id; printf '{"id":"%s","status":"previous"}\\n' $id >.bgdeploy/releases/$id.json; : >.bgdeploy/releases/$id.env; : >.bgdeploy/releases/$id.service; done; chown -R deploy: versions .bgdeploy`,
  );
});
test.after(() => scene.end());

test("status and releases work, and the list has every one", async () => {
  assert.match(succeeded(await scene.project.run("status", "production")).stdout, /h1 +v1 \(blue\)/);
  const { stdout } = succeeded(await scene.project.run("releases", "production"));
  assert.equal(stdout.trimEnd().split("\n").length, 1 + count + 1);
  assert.match(stdout, "2025_05_13T01_02_03-n5000  previous\n");
});

test("a deploy works, and deletes none that the policy keeps", async () => {
  succeeded(await scene.project.deploy("v2"));
  assert.is(await served(scene.lab, "h1"), "v2 green");
  assert.is((await idsOn(scene.lab, "h1")).length, count + 2);
});

test("plan works, and says what would be deleted", async () => {
  await scene.project.write({ hosts: ["h*"], settings: `${quick} prune: { keep: 3 },` });
  const { stdout } = succeeded(await scene.project.run("plan", "production", "--version", "v3", "--commands"));
  assert.match(stdout, "rm -rf -- /opt/link-shortener/versions/2025_05_13T01_02_03-n0001 ");
});

test("a deploy deletes thousands at once, with their records", async () => {
  succeeded(await scene.project.deploy("v3"));
  assert.is(await served(scene.lab, "h1"), "v3 blue");
  assert.equal(
    (await idsOn(scene.lab, "h1")).map((id) => id.slice(-2)),
    ["v1", "v2", "v3"],
  );
  assert.is(await said(scene.lab, "h1", "ls /opt/link-shortener/.bgdeploy/releases | wc -l"), "15\n");
});

test("a rollback works", async () => {
  succeeded(await scene.project.run("rollback", "production"));
  assert.is(await served(scene.lab, "h1"), "v2 green");
});

test.run();
