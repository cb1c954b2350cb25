import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { served } from "../support/hosts.ts";
import type { Client } from "./support/client.ts";
import { startClient } from "./support/client.ts";
import { debugSettings } from "./support/settings.ts";

const test = labSuite("a lost connection");
let scene: Scene;
test.before(async () => {
  scene = await aScene("lost", {
    machines: 3,
    hosts: ["h*"],
    settings: debugSettings(`drain: { timeout: "10s" },`, `LINK_SHORTENER_START_DELAY_MS: "2000",`),
  });
  succeeded(await scene.project.deploy("v1"));
  succeeded(await scene.project.deploy("v2"));
});
test.after(() => scene.end());

const all = (): Promise<readonly string[]> => Promise.all(scene.hosts.map((host) => served(scene.lab, host)));
const units = (): Promise<readonly string[]> =>
  Promise.all(
    scene.hosts.map(async (host) =>
      (await scene.lab.exec(host, "systemctl is-active link-shortener@blue link-shortener@green")).stdout
        .trim()
        .replace("\n", " "),
    ),
  );
const thrice = (text: string): readonly string[] => [text, text, text];

/** A run whose connection to h2 is cut before any traffic moves. */
async function cutBeforeTheSwitch(version: string): Promise<Client> {
  await scene.project.build(version);
  const client = startClient(["run", "production", "--version", version], scene.project.directory);
  assert.ok(await client.reaches(({ host, task }) => host === "h2" && task === "health:check"));
  await scene.lab.cut("h2");
  return client;
}

test("cut for 20 s before the switch: undone on all hosts after connecting again, exit 1", async () => {
  const client = await cutBeforeTheSwitch("v3");
  await wait(20_000);
  await scene.lab.mend("h2");
  const { code, stdout } = await client.ended;
  assert.is(code, 1, stdout);
  assert.match(stdout, "the connection was lost");
  assert.match(stdout, "v2 (green) is still live on h1, h2, h3.");
  assert.equal(await all(), thrice("v2 green"));
  assert.equal(await units(), thrice("inactive active"));
  succeeded(await scene.project.run("status", "production"));
});

test("without power in the middle of the upload: undone on all hosts after connecting again, exit 1", async () => {
  await scene.project.build("v4");
  await writeFile(join(scene.project.directory, "dist/blob"), randomBytes(64_000_000));
  const client = startClient(["run", "production", "--version", "v4"], scene.project.directory);
  assert.ok(await client.reaches(({ host, text }) => host === "h2" && text.startsWith("rsync ")));
  await wait(200);
  await scene.lab.kill("h2");
  await scene.lab.boot("h2");
  const { code, stdout } = await client.ended;
  assert.is(code, 1, stdout);
  assert.match(stdout, "v2 (green) is still live on h1, h2, h3.");
  assert.equal(await units(), thrice("inactive active"));
  assert.is((await scene.lab.exec("h2", "cd /opt/link-shortener/versions; ls -A | grep -E 'v4|partial'")).stdout, "");
  succeeded(await scene.project.run("status", "production"));
});

test("cut for good: exit 3, the words say which host and how to mend it, and the others are undone", async () => {
  const client = await cutBeforeTheSwitch("v4");
  const { code, stdout } = await client.ended;
  assert.is(code, 3, stdout);
  // In a log, too, it is said every five seconds.
  const waits = stdout.match(/h2  connect  \| waiting for h2 to come back, \d+ s of at most \d+ s: \S.*/g) ?? [];
  assert.ok(waits.length >= 10, stdout);
  assert.match(stdout, "repair needed on h2.");
  assert.match(stdout, "v2 (green) is still live on h1, h3.");
  assert.match(stdout, "To repair: bgdeploy run production");
  await scene.lab.mend("h2");
  assert.equal(await all(), thrice("v2 green"));
});

test("the next run mends it", async () => {
  succeeded(await scene.project.deploy("v5"));
  assert.equal(await all(), thrice("v5 blue"));
  assert.equal(await units(), thrice("active inactive"));
  succeeded(await scene.project.run("status", "production"));
});

test("cut after the switch, when nothing is undone any more: the hosts that were switched stay, and the next run mends", async () => {
  await scene.project.build("v6");
  const client = startClient(["run", "production", "--version", "v6"], scene.project.directory);
  assert.ok(await client.reaches(({ host, task }) => host === "h2" && task === "systemd:stop"));
  await scene.lab.cut("h2");
  const { code, stdout } = await client.ended;
  await scene.lab.mend("h2");
  // h2 may have ended its last step before the cable was out.
  assert.ok(code === 5 || code === 3 || code === 0, stdout);
  assert.equal(await all(), thrice("v6 green"));
  succeeded(await scene.project.deploy("v7", "--lock-wait", "60s"));
  assert.equal(await all(), thrice("v7 blue"));
  succeeded(await scene.project.run("status", "production"));
});

test("the nginx of one host refuses the reload: the others are switched back, exit 1", async () => {
  await scene.lab.exec(
    "h3",
    `systemd-run --unit=taker node -e 'require("node:net").createServer().listen(9999)'; sleep 1; echo 'server { listen 9999; return 204; }' >/etc/nginx/conf.d/taken.conf`,
  );
  const { code, stdout } = await scene.project.deploy("v8");
  await scene.lab.exec("h3", "systemctl stop taker; rm /etc/nginx/conf.d/taken.conf");
  assert.is(code, 1, stdout);
  assert.match(stdout, "h3: nginx:switch:");
  assert.match(stdout, "v7 (blue) is still live on h1, h2, h3.");
  assert.equal(await all(), thrice("v7 blue"));
  assert.equal(await units(), thrice("active inactive"));
  succeeded(await scene.project.run("status", "production"));
});

test("killed while it waits for a long download, a run does not keep its lock for as long; the download comes whole", async () => {
  const url = `http://${scene.lab.hosts[0]?.address}/stream?seconds=40`;
  await scene.project.write({
    hosts: ["h*"],
    settings: debugSettings(`drain: { timeout: "60s" },`, `LINK_SHORTENER_START_DELAY_MS: "2000",`),
  });
  const download = fetch(url).then((answer) => answer.text(), String);
  await scene.project.build("v9");
  const client = startClient(["run", "production", "--version", "v9"], scene.project.directory);
  assert.ok(await client.reaches(({ host, task }) => host === "h1" && task === "nginx:drain"));
  client.kill();
  await client.ended;
  await wait(8000);
  const next = await scene.project.deploy("v10");
  assert.match(await download, /end\n$/);
  succeeded(next);
  assert.equal(
    (await all()).map((each) => each.split(" ")[0]),
    thrice("v10"),
  );
});

test.run();
