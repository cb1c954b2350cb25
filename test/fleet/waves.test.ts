import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { leftovers, startClient } from "../lock/support/client.ts";
import { gatedHook, makeGate } from "../lock/support/gate.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, stateOf } from "../support/hosts.ts";
import { fleet, stretches, times, withUnhealthy } from "./support.ts";

const test = labSuite("waves");
let scene: Scene;
test.before(async () => {
  scene = await aScene("waves", { machines: 4 });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

const quick = `health: { http: "/healthz", timeout: "2s", settle: "0s" },`;
const [one, half] = [`rolling: { batch: 1 },`, `rolling: { batch: "50%" },`];
const releasesOn = (host: string): Promise<string> => said(scene.lab, host, "ls /opt/link-shortener/versions");

/** All hosts serve this version again. */
async function again(version: string): Promise<void> {
  await scene.project.write({});
  succeeded(await scene.project.deploy(version));
}

test("batch 1: one host after the other, in the order of the stage", async () => {
  await scene.project.write({ settings: one });
  const { stdout } = succeeded(await scene.project.deploy("v2"));
  assert.is(stretches(stdout), "h1 h2 h3 h4");
  assert.match(stdout, /Done in \S+ s: v2 is live on private-h1, private-h2, private-h3, private-h4\./);
  assert.equal(await fleet(scene), ["v2 green", "v2 green", "v2 green", "v2 green"]);
});

test('batch "50%" with a pause: the first half, the pause, the second half', async () => {
  await scene.project.write({ settings: `rolling: { batch: "50%", pause: "3s" },` });
  const { stdout } = succeeded(await scene.project.deploy("v3"));
  const [h1, h2, h3, h4] = ["h1", "h2", "h3", "h4"].map((host) => times(stdout, host));
  const gap = Math.min(h3?.first ?? 0, h4?.first ?? 0) - Math.max(h1?.last ?? 0, h2?.last ?? 0);
  assert.ok(gap >= 2.9, `${gap} s between the waves`);
  assert.match(stretches(stdout), /^(h[12] )+(h[34] ?)+$/);
  assert.equal(await fleet(scene), ["v3 blue", "v3 blue", "v3 blue", "v3 blue"]);
});

test("a once hook runs once in all, not once a wave", async () => {
  await scene.project.write({
    settings: `${one} pre: hook("count", { once: true }, async ({ $, log }) => { log("migrating"); await $\`echo x >>/tmp/once\`; }),`,
  });
  const { stdout } = succeeded(await scene.project.deploy("v4"));
  assert.is(stdout.match(/migrating/g)?.length, 1);
  const counts = await Promise.all(scene.hosts.map((host) => said(scene.lab, host, "cat /tmp/once 2>/dev/null || :")));
  assert.equal(counts, ["x\n", "", "", ""]);
});

test("the first wave fails: its hosts are undone, no later wave begins, exit 1", async () => {
  const before = await Promise.all(scene.hosts.map((host) => stateOf(scene.lab, host)));
  await scene.project.write({ hosts: withUnhealthy(4, 2), settings: half + quick });
  const { stdout } = ended(await scene.project.deploy("v5"), 1);
  assert.equal(await Promise.all(scene.hosts.map((host) => stateOf(scene.lab, host))), before);
  assert.not.match(stdout, /private-h[34] {2}upload/);
  assert.match(
    stdout,
    "Failed and undone.\nv4 (green) is still live on private-h1, private-h2, private-h3, private-h4.",
  );
});

test("a later wave fails: it is undone, what went before stays, what comes after is untouched; exit 3 says who runs what", async () => {
  const before = await Promise.all(scene.hosts.map((host) => stateOf(scene.lab, host)));
  const releases = await releasesOn("h3");
  await scene.project.write({ hosts: withUnhealthy(4, 2), settings: one + quick });
  const { stdout } = ended(await scene.project.deploy("v5"), 3);
  assert.equal(await fleet(scene), ["v5 blue", "v4 green", "v4 green", "v4 green"]);
  const after = await Promise.all(scene.hosts.map((host) => stateOf(scene.lab, host)));
  assert.equal(after.slice(1), before.slice(1));
  assert.is(await releasesOn("h3"), releases, "no file came to a wave that did not begin");
  assert.is(stretches(stdout), "h1 h2");
  assert.match(
    stdout,
    "Failed: the hosts now run different versions.\nv5 is live on private-h1.\nv4 (green) is still live on private-h2, private-h3, private-h4.\n",
  );
  assert.match(
    stdout,
    "To repair: bgdeploy run production\nTo roll back: bgdeploy rollback production --only private-h1\n",
  );
});

test("a mixed fleet is mended by the next run", () => again("v6"));

test("maxFailures 1: one host may fail, the waves go on; exit 3 names it", async () => {
  await scene.project.write({ hosts: withUnhealthy(4, 2), settings: `rolling: { maxFailures: 1 },${quick}` });
  const { stdout } = ended(await scene.project.deploy("v7"), 3);
  assert.equal(
    (await fleet(scene)).map((each) => each.slice(0, 2)),
    ["v7", "v6", "v7", "v7"],
  );
  assert.match(
    stdout,
    /v7 is live on private-h1, private-h3, private-h4\.\nv6 \(\w+\) is still live on private-h2\.\n/,
  );
  await again("v8");
});

test("maxFailures 1: the second failure stops the waves", async () => {
  await scene.project.write({ hosts: withUnhealthy(4, 1, 2), settings: `rolling: { maxFailures: 1 },${quick}` });
  const { stdout } = ended(await scene.project.deploy("v9"), 1);
  assert.is(stretches(stdout), "h1 h2");
  assert.equal(
    (await fleet(scene)).map((each) => each.slice(0, 2)),
    ["v8", "v8", "v8", "v8"],
  );
});

test("an interrupt in the pause between waves ends it at once: the waves that have not begun do not begin, exit 3", async () => {
  await scene.project.write({ settings: `rolling: { batch: "50%", pause: "10m" },` });
  await scene.project.build("v10");
  const client = startClient(scene.project, ["run", "production", "--version", "v10"]);
  await Promise.all([1, 2].map((host) => client.says(new RegExp(`private-h${host} {2}systemd:stop {2}done`))));
  client.signal("SIGINT");
  const { stdout } = ended(await client.ended, 3);
  assert.equal(
    (await fleet(scene)).map((each) => each.split(" ")[0]),
    ["v10", "v10", "v8", "v8"],
  );
  assert.match(stdout, /^Interrupted\b/m);
  assert.match(
    stdout,
    /v10 is live on private-h1, private-h2\.\nv8 \(\w+\) is still live on private-h3, private-h4\.\n/,
  );
  assert.equal(await leftovers(scene.project), []);
  await again("v11");
});

test("an interrupt in the second wave: it is undone, the first wave stays, exit 3", async () => {
  const gate = makeGate(scene.project, "second");
  const hook = gatedHook(gate)
    .replace("{ once: true }, ", "")
    .replace("({ log }) => {", '({ log, target }) => { if (target.host.name !== "private-h3") return;');
  await scene.project.write({ settings: half + hook });
  await scene.project.build("v12");
  const client = startClient(scene.project, ["run", "production", "--version", "v12"]);
  await client.says(/at the gate/);
  client.signal("SIGINT");
  await client.says(/SIGINT: finishing/);
  gate.open();
  const { stdout } = ended(await client.ended, 3);
  assert.equal(
    (await fleet(scene)).map((each) => each.split(" ")[0]),
    ["v12", "v12", "v11", "v11"],
  );
  assert.match(stdout, "v12 is live on private-h1, private-h2.\n");
  await again("v13");
});

test.run();
