import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { filesOn, said, served, withoutTimes } from "../support/hosts.ts";
import { recorded } from "./support/host.ts";

const test = labSuite("records");
let scene: Scene;
test.before(async () => {
  scene = await aScene("records", { hosts: ["h*"] });
});
test.after(() => scene.end());

const records = (): Promise<readonly string[]> => recorded(scene.lab, "h1");
const files = (): Promise<readonly string[]> =>
  filesOn(scene.lab, "h1", "/opt/link-shortener/.bgdeploy/releases", withoutTimes);
const filesOf = (version: string): readonly string[] =>
  ["env", "json", "service", "sha256", ...(version === "v3" ? [] : ["tree"])].map(
    (kind) => `f 0600 deploy:deploy TIME-${version}.${kind}`,
  );

test("while it is deployed a release is staged, and then it is live", async () => {
  await scene.project.write({
    hosts: ["h*"],
    settings: `pre: hook("look", async ({ $ }) => { await $\`cat /opt/link-shortener/.bgdeploy/releases/*.json\`; }),`,
  });
  const { stdout } = succeeded(await scene.project.deploy("v1"));
  assert.match(stdout, /hooks:pre \S+ {2}\| \{"id":"[^"]+-v1","status":"staged"\}/);
  assert.equal(await records(), ["v1 live"]);
});

test("the release before becomes the previous one", async () => {
  await scene.project.write({ hosts: ["h*"] });
  succeeded(await scene.project.deploy("v2"));
  assert.equal(await records(), ["v1 previous", "v2 live"]);
});

test("a release that did not get healthy is failed, and the live one stays live", async () => {
  await scene.project.write({
    hosts: ["h*"],
    settings: `health: { http: "/healthz", timeout: "1s" }, env: { ...example.env, LINK_SHORTENER_UNHEALTHY: "true" },`,
  });
  ended(await scene.project.deploy("v3"), 1);
  assert.equal(await records(), ["v1 previous", "v2 live", "v3 failed"]);
});

test("beside each status stand the environment and the unit that it ran with, for the owner alone", async () => {
  assert.equal(
    await files(),
    ["v1", "v2", "v3"].flatMap((each) => filesOf(each)),
  );
  assert.is(
    await said(scene.lab, "h1", "stat -c '%a %U' /opt/link-shortener/.bgdeploy /opt/link-shortener/.bgdeploy/releases"),
    "700 deploy\n700 deploy\n",
  );
  const same = await said(
    scene.lab,
    "h1",
    "cd /opt/link-shortener; cmp environment-green .bgdeploy/releases/*-v2.env && cmp /etc/systemd/system/link-shortener@.service .bgdeploy/releases/*-v2.service && cd .bgdeploy/releases && sha256sum --quiet -c *.sha256 && echo same",
  );
  assert.is(same, "same\n");
});

test("after a rollback the release that was left is rolled back, and the other one is live", async () => {
  succeeded(await scene.project.run("rollback", "production"));
  assert.equal(await records(), ["v1 live", "v2 rolled-back", "v3 failed"]);
  assert.is(await served(scene.lab, "h1"), "v1 blue");
  assert.equal(
    await files(),
    ["v1", "v2", "v3"].flatMap((each) => filesOf(each)),
  );
});

test("nothing that other users can read is written beside the releases, the links and what nginx needs", async () => {
  const open = await said(
    scene.lab,
    "h1",
    "cd /opt/link-shortener && find . -path ./versions -prune -o -path './.bgdeploy/*' -prune -o ! -type l -perm /o=r -print | LC_ALL=C sort",
  );
  assert.is(open, ".\n./backend.conf\n./variant\n");
});

test("the deploy after a rollback leaves its release as the one to go back to", async () => {
  await scene.project.write({ hosts: ["h*"] });
  succeeded(await scene.project.deploy("v4"));
  assert.equal(await records(), ["v1 previous", "v2 rolled-back", "v3 failed", "v4 live"]);
  succeeded(await scene.project.run("rollback", "production"));
  assert.equal(await records(), ["v1 live", "v2 rolled-back", "v3 failed", "v4 rolled-back"]);
});

test("a release whose record is lost or unreadable is listed as unknown, and nothing stumbles", async () => {
  await said(
    scene.lab,
    "h1",
    `cd /opt/link-shortener/.bgdeploy/releases && rm *-v2.json && echo '{"id":' >$(ls *-v3.json) && printf '\\000\\377garbage' >$(ls *-v4.json)`,
  );
  const { stdout } = succeeded(await scene.project.run("releases", "production"));
  assert.is(
    withoutTimes(stdout).replaceAll(/ {2,}/g, "  "),
    "release  h1\nTIME-v4  unknown, green\nTIME-v3  unknown\nTIME-v2  unknown\nTIME-v1  live, blue\n",
  );
  succeeded(await scene.project.deploy("v5"));
  assert.is(await served(scene.lab, "h1"), "v5 green");
});

test("a rollback passes over the version that is live, says so, and goes there where it is named", async () => {
  succeeded(await scene.project.deploy("v6"));
  succeeded(await scene.project.deploy("v6"));
  const { stdout } = succeeded(await scene.project.run("rollback", "production"));
  const [, passed = ""] =
    /skips (\S+-v6), which is the same version as the live release\. To choose it: --to \1\n/.exec(stdout) ?? [];
  assert.is(await served(scene.lab, "h1"), "v5 blue");
  succeeded(await scene.project.run("rollback", "production", "--to", passed));
  assert.is(await served(scene.lab, "h1"), "v6 green");
});

test.run();
