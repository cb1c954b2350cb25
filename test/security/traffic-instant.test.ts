import { setTimeout as wait } from "node:timers/promises";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import { endTheft, startTheft } from "./support/thief.ts";

// A site that switches instantly names the idle variant as the second choice of the live one.
const instant = `tasks: [upload(), systemd.install(), systemd.start(), health(), nginx.switch({ mode: "instant" }), systemd.stop(), prune()],`;
let scene: Scene;

const ports = labSuite("traffic, switched instantly, by ports");
ports.before(async () => {
  scene = await aScene("instant-ports", { hosts: ["h1"], settings: instant });
  succeeded(await scene.project.deploy("v1"));
});
ports.after(() => scene.end());

ports("another user who listens on the idle port is told before any visitor comes there", async () => {
  assert.match((await scene.project.run("doctor", "production")).stdout, "listen on the idle variant's port");
  await startTheft(scene.lab, "h1", [8002]);
  await wait(500);
  const { stdout } = ended(await scene.project.run("status", "production"), 1);
  assert.match(
    stdout,
    "A STRANGER LISTENS: 127.0.0.1:8002, where visitors are sent when blue does not answer, belongs to nobody (uid 65534)",
  );
  assert.match(ended(await scene.project.run("doctor", "production"), 1).stdout, "A STRANGER LISTENS");
  await endTheft(scene.lab, "h1");
  succeeded(await scene.project.run("status", "production"));
});

ports.run();

const sockets = labSuite("traffic, switched instantly, by sockets");
sockets.before(async () => {
  scene = await aScene("instant-sockets", { hosts: ["root-h1"], settings: `listen: "socket", ${instant}` });
  succeeded(await scene.project.deploy("v1"));
});
sockets.after(() => scene.end());

sockets("another user gets no visitor in place of either variant, also while the live one has crashed", async () => {
  const paths = ["blue", "green"].map((variant) => `/run/link-shortener/${variant}/app.sock`);
  await startTheft(scene.lab, "h1", [...paths, 8001, 8002]);
  const seen = new Set<string>();
  for (let crash = 0; crash < 2; crash++) {
    await said(scene.lab, "h1", "systemctl kill -s KILL link-shortener@blue");
    for (let look = 0; look < 40; look++) {
      seen.add(await served(scene.lab, "h1"));
      await wait(50);
    }
  }
  assert.equal(
    [...seen].filter((each) => !each.startsWith("502 ")),
    ["v1 blue"],
  );
  assert.ok(seen.size > 1, "it was down for a moment");
  succeeded(await scene.project.run("status", "production"));
  succeeded(await scene.project.deploy("v2"));
  assert.is(await served(scene.lab, "h1"), "v2 green");
  await endTheft(scene.lab, "h1");
});

sockets("a change back to ports is refused while the site names the sockets, and nothing is touched", async () => {
  await scene.project.write({ hosts: ["root-h1"], settings: instant });
  const { stderr } = ended(await scene.project.deploy("v3"), 2);
  assert.match(stderr, "its nginx site switches instantly between sockets, but `listen` asks for ports");
  assert.is(await served(scene.lab, "h1"), "v2 green");
});

sockets.run();
