import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said } from "../support/hosts.ts";

// From systemd 257 on, a unit that is enabled without a reload has every unit of the host say that it was not read.
const test = labSuite("what systemd has read");
let scene: Scene;
test.before(async () => {
  scene = await aScene("need-reload", { suite: "trixie", machines: 2, hosts: ["h1", "root-h2"] });
});
test.after(() => scene.end());

const stale = (host: string): Promise<string> =>
  said(
    scene.lab,
    host,
    "systemctl show -p NeedDaemonReload --value systemd-journald.service nginx.service link-shortener@blue.service | sort -u | tr -d '\\n'",
  );

test("after a deploy, and after one that failed, no unit of the host is said to be unread", async () => {
  succeeded(await scene.project.deploy("v1"));
  succeeded(await scene.project.deploy("v2"));
  for (const host of ["h1", "h2"]) assert.is(await stale(host), "no", host);
  await scene.project.write({ hosts: ["h1", "root-h2"], settings: `health: { http: "/nowhere", timeout: "2s" },` });
  ended(await scene.project.deploy("v3"), 1);
  for (const host of ["h1", "h2"]) assert.is(await stale(host), "no", host);
});

test("the doctor says nothing where another's unit was enabled, and does where ours was changed", async () => {
  await said(
    scene.lab,
    "h1",
    "systemctl --no-reload disable -q ssh.service; systemctl --no-reload enable -q ssh.service",
  );
  assert.is(await stale("h1"), "yes");
  const before = await scene.project.run("doctor", "production");
  assert.not.match(before.stdout, "systemd has not read");
  await said(scene.lab, "h1", "echo >>/etc/systemd/system/link-shortener@.service");
  const after = await scene.project.run("doctor", "production");
  assert.match(after.stdout, "systemd has not read /etc/systemd/system/link-shortener@.service since it was changed");
});

test.run();
