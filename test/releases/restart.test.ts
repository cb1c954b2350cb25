import * as assert from "uvu/assert";
import type { Announcement } from "../faults/support/client.ts";
import { startClient } from "../faults/support/client.ts";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import { startLoad } from "../support/load.ts";
import { atBoot, environmentOf, idOf, idsOn, recorded, running, whole } from "./support/host.ts";

const hosts = ["h*"];
const settingsOf = (flavour: string, more = ""): string => `
  drain: { timeout: "20s" },
  env: { ...example.env, LINK_SHORTENER_DEBUG: "true", FLAVOUR: "${flavour}" },
  unit: { Service: { StateDirectory: "link-shortener", Environment: "UNIT=${flavour}" } },
  pre: hook("mark", async ({ $ }) => { await $\`touch /tmp/hook-ran\`; }),
  ${more}`;

const test = labSuite("restart");
let scene: Scene;
test.before(async () => {
  scene = await aScene("restart", { machines: 2, hosts, settings: settingsOf("one") });
});
test.after(() => scene.end());

const restart = (...words: readonly string[]): ReturnType<Scene["project"]["run"]> =>
  scene.project.run("restart", "production", ...words);
const configure = (flavour: string, more = ""): Promise<void> =>
  scene.project.write({ hosts, settings: settingsOf(flavour, more) });
/** What the process of a slot was started with, by environment file and by unit. */
const flavours = async (variant: "blue" | "green", host = "h1"): Promise<string> => {
  const all = await environmentOf(scene.lab, host, variant);
  return `${all["FLAVOUR"]} ${all["UNIT"]}`;
};
const current = (): Promise<string> =>
  said(scene.lab, "h1", "basename $(readlink /opt/link-shortener/versions/current)");
const hookRan = (): Promise<string> => said(scene.lab, "h1", "rm /tmp/hook-ran 2>/dev/null && echo yes || echo no");

test("where nothing was deployed there is nothing to restart", async () => {
  const { stderr } = ended(await restart(), 2);
  const sentence = "nothing is deployed there, so there is nothing to restart";
  assert.is(stderr, `bgdeploy: h1: ${sentence}\nbgdeploy: h2: ${sentence}\n`);
});

test("--dry-run shows the same release in the other slot, no upload and no hook, and changes nothing", async () => {
  succeeded(await scene.project.deploy("v1"));
  await configure("two");
  succeeded(await scene.project.deploy("v2"));
  await hookRan();
  const before = await whole(scene.lab, "h1");
  const { stdout } = succeeded(await restart("--dry-run", "--commands"));
  assert.match(stdout, "v2 (green) → v2 (blue)");
  assert.match(stdout, "sudo systemctl restart link-shortener@blue.service");
  assert.not.match(stdout, /rsync|hook|delete/);
  assert.is(await whole(scene.lab, "h1"), before);
});

test("under load: the same release with the new environment and unit, and no request is lost", async () => {
  await configure("three");
  const before = { ids: await idsOn(scene.lab, "h1"), current: await current() };
  const urls = scene.lab.hosts.flatMap(({ address }) => [`http://${address}/`, `http://${address}/slow?ms=500`]);
  const load = startLoad({ requests: urls.map((url) => ({ url })), connections: 16, retryClosed: true });
  const { stdout } = succeeded(await restart());
  const { failures, sent } = await load.stop();
  assert.equal(failures, []);
  assert.ok(sent > 100);
  assert.match(stdout, /\nDone in [\d.]+ s: v2 is live on h1, h2\.\n$/);
  assert.equal([await served(scene.lab, "h1"), await flavours("blue")], ["v2 blue", "three three"]);
  assert.equal({ ids: await idsOn(scene.lab, "h1"), current: await current() }, before);
  assert.equal(await recorded(scene.lab, "h1"), ["v1 previous", "v2 live"]);
  assert.equal(
    [await running(scene.lab, "h1"), await atBoot(scene.lab, "h1")],
    ["active inactive", "enabled disabled"],
  );
  assert.is(await hookRan(), "no\n");
  succeeded(await scene.project.run("status", "production"));
});

test("-e sets a variable for once; --hooks runs the hooks, too", async () => {
  succeeded(await restart("-e", "FLAVOUR=four", "--hooks", "--only", "h1"));
  assert.equal([await flavours("green"), await hookRan()], ["four three", "yes\n"]);
});

test("an unhealthy restart: undone, exit 1, and the live variant and all that is recorded are as before", async () => {
  await configure("bad", `health: { http: "/none", timeout: "1s" },`);
  // What the run before kept for its own undo is nothing to keep.
  const all = async (): Promise<readonly string[]> => {
    const hosts = await Promise.all(["h1", "h2"].map((host) => whole(scene.lab, host)));
    return hosts.map((text) => text.replaceAll(/^.*\.before(\.none)?$\n/gm, ""));
  };
  const before = await all();
  const { stdout } = ended(await restart(), 1);
  assert.match(stdout, "Failed and undone.\nv2 (green) is still live on h1.\nv2 (blue) is still live on h2.");
  assert.equal(await all(), before);
  assert.is(await flavours("green"), "four three");
});

test("a rollback after it goes to the release before, with the environment and unit of that time", async () => {
  await configure("three");
  succeeded(await scene.project.run("rollback", "production"));
  assert.equal([await served(scene.lab, "h1"), await flavours("blue")], ["v1 blue", "one one"]);
  assert.equal([await served(scene.lab, "h2"), await flavours("green", "h2")], ["v1 green", "one one"]);
  assert.equal(await recorded(scene.lab, "h1"), ["v1 live", "v2 rolled-back"]);
});

test("killed after its switch, it is recorded by the next run: a rollback brings the environment that served", async () => {
  await configure("five");
  const client = startClient(["restart", "production"], scene.project.directory);
  const switched = new Set<string>();
  const isThere = ({ task, host }: Announcement): boolean =>
    task === "release:record" && switched.add(host).size === scene.lab.hosts.length;
  assert.ok(await client.reaches(isThere));
  client.kill();
  await client.ended;
  await configure("six");
  succeeded(await scene.project.deploy("v3", "--lock-wait", "1m"));
  succeeded(await scene.project.run("rollback", "production"));
  for (const [host, variant] of await slots()) assert.is(await flavours(variant, host), "five five");
});

test("hosts that differ: each starts its own release anew, and that is said", async () => {
  succeeded(await scene.project.deploy("v4", "--only", "h2"));
  await configure("seven");
  const { stdout } = succeeded(await restart());
  const [v1, v4] = [await idOf(scene.lab, "h1", "v1"), await idOf(scene.lab, "h2", "v4")];
  assert.ok(stdout.includes(`h1  warning: keeps its ${v1}; the hosts differ\n`));
  assert.ok(stdout.includes(`h2  warning: keeps its ${v4}; the hosts differ\n`));
  assert.match(stdout, /: v1 is live on h1; v4 is live on h2\.\n$/);
  assert.match(await served(scene.lab, "h1"), "v1");
  assert.match(await served(scene.lab, "h2"), "v4");
  for (const [host, variant] of await slots()) assert.is(await flavours(variant, host), "seven seven");
});

test("a live variant that is down comes up in the other slot", async () => {
  const [, variant] = await slotOf("h1");
  await said(scene.lab, "h1", `systemctl stop link-shortener@${variant}`);
  succeeded(await restart("--only", "h1"));
  assert.is(await served(scene.lab, "h1"), `v1 ${variant === "blue" ? "green" : "blue"}`);
});

/** Both hosts, and the slot that serves there. */
function slots(): Promise<readonly (readonly [string, "blue" | "green"])[]> {
  return Promise.all(scene.hosts.map((host) => slotOf(host)));
}

async function slotOf(host: string): Promise<readonly [string, "blue" | "green"]> {
  return [host, (await served(scene.lab, host)).endsWith("green") ? "green" : "blue"];
}

test.run();
