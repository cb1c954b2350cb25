import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import type { HostState } from "../support/hosts.ts";
import { said, served, stateOf } from "../support/hosts.ts";

const test = labSuite("undo");
let scene: Scene;
test.before(async () => {
  scene = await aScene("undo", { machines: 3 });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

const states = (): Promise<readonly HostState[]> => Promise.all(scene.hosts.map((host) => stateOf(scene.lab, host)));
const backends = async (): Promise<readonly string[]> =>
  Promise.all(scene.hosts.map((host) => said(scene.lab, host, "stat -c '%i %y' /opt/link-shortener/backend.conf")));

/** The default tasks, with something between the health check and the switch. */
const withHook = (hook: string): string => `tasks: [
  upload(), systemd.install(), systemd.start(), health(),
  hooks.pre(hook("disturb", async ({ $, target }) => { if (target.host.name === "private-h3") { ${hook} } })),
  nginx.switch(), systemd.stop(), prune(),
],`;

test("one unhealthy host of three: nobody's traffic moves, and all are as they were", async () => {
  const before = await states();
  const files = await backends();
  await scene.project.write({
    hosts: ["private-h1", { name: "private-h2", env: { LINK_SHORTENER_UNHEALTHY: "true" } }, "private-h3"],
    settings: `health: { http: "/healthz", timeout: "1s" },`,
  });
  const { stdout } = ended(await scene.project.deploy("v2"), 1);
  assert.equal(await states(), before);
  assert.equal(await backends(), files);
  assert.match(stdout, "Failed and undone.\nv1 (blue) is still live on private-h1, private-h2, private-h3.");
  assert.not.match(stdout, "nginx:switch");
});

test("a new variant that dies on one host before the switch: the hosts that switched are switched back", async () => {
  const before = await states();
  await scene.project.write({ settings: withHook("await $`sudo systemctl stop link-shortener@green.service`;") });
  const { stdout } = ended(await scene.project.deploy("v3"), 1);
  assert.equal(await states(), before);
  assert.match(stdout, /private-h1 {2}nginx:switch {2}done/);
  assert.match(stdout, /private-h3 {2}nginx:switch {2}failed/);
  assert.match(stdout, /private-h1 {2}undo of nginx:switch {2}done/);
});

test("a reload that nginx refuses once on one host: all are switched back, and the old version serves everywhere", async () => {
  const before = await states();
  const once =
    "[Service]\nExecReload=\nExecReload=/bin/sh -c 'read -r bg_late 2>/dev/null </run/refuse-once && rm /run/refuse-once && sleep $bg_late && exit 1; exec nginx -s reload'\n";
  await scene.lab.exec(
    "h3",
    "mkdir -p /etc/systemd/system/nginx.service.d; cat >/etc/systemd/system/nginx.service.d/once.conf; systemctl daemon-reload; echo 0 >/run/refuse-once",
    once,
  );
  await scene.project.write({});
  const { stdout } = ended(await scene.project.deploy("v4"), 1);
  assert.equal(await states(), before);
  assert.match(stdout, /private-h3 {2}nginx:switch {2}failed/);
  assert.match(stdout, "Failed and undone.\nv1 (blue) is still live on private-h1, private-h2, private-h3.");
});

test("a host that waits for its old connections while another one's switch fails does not wait any longer", async () => {
  const before = await states();
  // A client that stays for a minute, and a reload that fails when the other hosts are at their drain.
  await said(scene.lab, "h1", "setsid bash -c 'exec 3<>/dev/tcp/127.0.0.1/8001; sleep 60' >/dev/null 2>&1 & sleep 0.2");
  await said(scene.lab, "h3", "echo 3 >/run/refuse-once");
  await scene.project.write({ settings: `drain: { timeout: "50s" },` });
  const { stdout } = ended(await scene.project.deploy("v5"), 1);
  await said(scene.lab, "h1", "pkill -x sleep");
  assert.equal(await states(), before);
  assert.match(stdout, /private-h1 {2}nginx:drain {2}failed: stopped because another host failed/);
  // Whose fault it was is said, and only that.
  assert.match(stdout, /^private-h3: nginx:switch/m);
  assert.not.match(stdout, /^private-h1: nginx:drain/m);
});

test("an nginx configuration that breaks after the probe on one host: all are switched back, and the traffic stays", async () => {
  const before = await states();
  await said(scene.lab, "h3", "install -o deploy /dev/null /etc/nginx/conf.d/other.conf");
  await scene.project.write({ settings: withHook("await $`echo 'nonsense;' >/etc/nginx/conf.d/other.conf`;") });
  const run = await scene.project.deploy("v6");
  const after = await states();
  await said(scene.lab, "h3", "rm /etc/nginx/conf.d/other.conf");
  assert.equal(
    after.map(({ traffic }) => traffic),
    before.map(({ traffic }) => traffic),
  );
  assert.equal(after, before);
  ended(run, 1);
});

test("after all of that, the next deploy succeeds on every host", async () => {
  await scene.project.write({});
  succeeded(await scene.project.deploy("v7"));
  assert.equal(await Promise.all(scene.hosts.map((host) => served(scene.lab, host))), [
    "v7 green",
    "v7 green",
    "v7 green",
  ]);
});

test.run();
