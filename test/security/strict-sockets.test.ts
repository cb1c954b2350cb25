import { setTimeout as wait } from "node:timers/promises";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Ended } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import { startLoad } from "../support/load.ts";
import { endTheft, startTheft } from "./support/thief.ts";

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

test("on a strict host, too, who took the port of a crashed variant is told, and gets no visitor by a deploy", async () => {
  const stranger = /A STRANGER LISTENS: 127\.0\.0\.1:8001, .* belongs to nobody \(uid 65534\)/;
  await startTheft(scene.lab, "h1", [8001]);
  try {
    await said(scene.lab, "h1", "systemctl kill -s KILL link-shortener@blue");
    for (let look = 0; look < 100 && !(await served(scene.lab, "h1")).startsWith("stolen"); look++) await wait(50);
    assert.match(await served(scene.lab, "h1"), "stolen", "the attack itself works");
    for (const verb of ["status", "doctor"])
      assert.match(ended(await scene.project.run(verb, "production"), 1).stdout, stranger);
    assert.match(succeeded(await scene.project.deploy("other")).stdout, stranger);
    assert.is(await served(scene.lab, "h1"), "other green");
    // The port that it still holds is not taken for the next version's.
    const { stderr } = ended(await scene.project.deploy("refused"), 2);
    assert.match(stderr, "port 8001 (needed by link-shortener@blue.service) is in use by a process owned by nobody");
    assert.is(await served(scene.lab, "h1"), "other green");
  } finally {
    await endTheft(scene.lab, "h1");
  }
  succeeded(await scene.project.run("rollback", "production"));
  assert.is(await served(scene.lab, "h1"), "v1 blue");
});

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
