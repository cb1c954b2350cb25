import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { quick } from "../releases/support/host.ts";
import { prepareByHand, specSudoers } from "../support/by-hand.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import { startLoad } from "../support/load.ts";

const instant = `tasks: [upload(), systemd.install(), systemd.start(), health(), nginx.switch({ mode: "instant" }), systemd.stop()],`;

const test = labSuite("strict: hosts of other kinds");
let scene: Scene;
test.before(async () => {
  scene = await aScene("strict-hosts", { machines: 2, setUp: false, settings: quick });
});
test.after(() => scene.end());

async function underLoad(host: string, act: () => Promise<unknown>): Promise<void> {
  const address = scene.lab.hosts.find(({ name }) => name === host)?.address;
  const load = startLoad({ requests: [{ url: `http://${address}/` }], connections: 8, retryClosed: true });
  try {
    await act();
  } finally {
    assert.equal((await load.stop()).failures, []);
  }
}

test("a site that switches instantly stays so, and its switch needs no reload", async () => {
  await scene.project.write({ hosts: ["h1"], settings: `strict: true, ${quick} ${instant}` });
  succeeded(await scene.project.run("setup", "production", "--as", "root", "--yes"));
  succeeded(await scene.project.deploy("v1"));
  await underLoad("h1", async () => {
    succeeded(await scene.project.deploy("v2"));
    assert.is(await served(scene.lab, "h1"), "v2 green");
    succeeded(await scene.project.run("rollback", "production"));
  });
  assert.is(await served(scene.lab, "h1"), "v1 blue");
  assert.is(await said(scene.lab, "h1", "journalctl -q -t sudo -o cat | grep -c 'link-shortener reload' || :"), "0\n");
});

test("a host made by hand, whose site names backends.conf, becomes strict; its own wide rules are named by doctor", async () => {
  await scene.project.write({ hosts: ["h2"], settings: quick });
  const { stdout: site } = succeeded(await scene.project.run("vhost", "production"));
  const sudoers = specSudoers("link-shortener", "/opt/link-shortener");
  await prepareByHand(scene.lab, "h2", { sudoers, site: site.replace("/backend.conf", "/backends.conf") });
  succeeded(await scene.project.deploy("v1"));
  await scene.project.write({ hosts: ["h2"], settings: `strict: true, ${quick}` });
  await underLoad("h2", async () => {
    succeeded(await scene.project.run("setup", "production", "--as", "root", "--yes"));
    succeeded(await scene.project.deploy("v2"));
  });
  assert.is(await served(scene.lab, "h2"), "v2 green");
  const { stdout } = await scene.project.run("doctor", "production");
  assert.match(
    stdout,
    "sudo lets deploy run `/usr/bin/tee /etc/systemd/system/link-shortener@.service` in addition to the helper",
  );
  await said(scene.lab, "h2", "rm /etc/sudoers.d/link-shortener");
  assert.not.match((await scene.project.run("doctor", "production")).stdout, "in addition to the helper");
  succeeded(await scene.project.deploy("v3"));
});

test.run();
