import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Ended } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import { startLoad } from "../support/load.ts";

const hosts = ["h1"];
const test = labSuite("strict, by sockets");
let scene: Scene;
test.before(async () => {
  scene = await aScene("strict-sockets", { hosts, settings: "strict: true," });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

const setUp = (): Promise<Ended> => scene.project.run("setup", "production", "--as", "root", "--yes");

async function underLoad(act: () => Promise<Ended>): Promise<void> {
  const url = `http://${scene.lab.hosts[0]?.address}/`;
  const load = startLoad({ requests: [{ url }], connections: 8, retryClosed: true });
  const run = await act();
  const { failures } = await load.stop();
  succeeded(run);
  assert.equal(failures, []);
}

test("a strict host goes over to sockets when setup has installed the unit, and back by a rollback, without a lost request", async () => {
  await scene.project.write({ hosts, settings: 'strict: true, listen: "socket",' });
  assert.match(ended(await scene.project.deploy("v2"), 2).stderr, "is not what the config makes");
  await underLoad(setUp);
  const backend = (): Promise<string> => said(scene.lab, "h1", "cat /etc/bgdeploy/link-shortener/backend.conf");
  await underLoad(() => scene.project.deploy("v2"));
  assert.is(await served(scene.lab, "h1"), "v2 green");
  assert.is(await backend(), "server unix:/run/link-shortener/green/app.sock;\n");
  await underLoad(() => scene.project.deploy("v3"));
  assert.is(await backend(), "server unix:/run/link-shortener/blue/app.sock;\n");
  await underLoad(() => scene.project.run("rollback", "production", "--to", "v1"));
  assert.is(await served(scene.lab, "h1"), "v1 green");
  assert.is(await backend(), "server 127.0.0.1:8002;\n");
  succeeded(await scene.project.run("status", "production"));
});

test.run();
