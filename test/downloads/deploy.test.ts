import { existsSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Ended } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { filesOn, said, served, withoutTimes } from "../support/hosts.ts";
import type { Store } from "./support/store.ts";
import { aStore, downloading } from "./support/store.ts";

const test = labSuite("releases that hosts download");
let scene: Scene;
let store: Store;
const hosts = ["h1", "root-h2"];
test.before(async () => {
  scene = await aScene("downloads", { machines: 2, hosts });
  store = await aStore(scene.lab, scene.project);
});
test.after(async () => {
  await store.close();
  await scene.end();
});

const onAll = <T>(ask: (host: string) => Promise<T>): Promise<readonly T[]> => Promise.all(scene.hosts.map(ask));
const both = <T>(value: T): readonly T[] => [value, value];

async function deploy(version: string, more = ""): Promise<Ended> {
  const options = await store.offer(version);
  await scene.project.write({ hosts, settings: `${downloading(options)} ${more}` });
  return scene.project.run("run", "production", "--version", version);
}

test("a plan says what will be downloaded, without the query; nothing is needed of dist", async () => {
  const options = await store.offer("v1");
  await scene.project.write({ hosts, settings: downloading(options) });
  assert.not.ok(existsSync(join(scene.project.directory, "dist")));
  const { stdout } = succeeded(await scene.project.run("plan", "production", "--version", "v1"));
  const sum = /sha256: "(.{12})/.exec(options)?.[1];
  const line = `download ${store.url("v1.tar.gz")} → HOST:/opt/link-shortener/versions/TIME-v1/ (by the host itself, sha256 ${sum}…, a full copy)`;
  assert.ok(withoutTimes(stdout).includes(line), stdout);
  assert.not.match(stdout, "X-Amz");
  assert.equal(store.seen, []);
});

test("each host fetches the archive itself, and the release serves", async () => {
  succeeded(await deploy("v1"));
  assert.equal(await onAll((host) => served(scene.lab, host)), both("v1 blue"));
  const addresses = scene.lab.hosts.map(({ address }) => address);
  assert.equal(store.seen.map(({ client }) => client.replace("::ffff:", "")).toSorted(), [...addresses].toSorted());
});

test("files belong to whom an upload gives them, and nothing of the download stays", async () => {
  const files = await onAll(async (host) => {
    const all = await filesOn(scene.lab, host, "/opt/link-shortener", withoutTimes);
    return all.filter((line) => /TIME-v1($|\/VERSION|\/bin)|downloads|partial/.test(line) && !line.startsWith("l"));
  });
  const owned = (owner: string): readonly string[] => [
    `d 0755 ${owner} versions/TIME-v1`,
    `f 0644 ${owner} versions/TIME-v1/VERSION`,
    `d 0755 ${owner} versions/TIME-v1/bin`,
    `f 0755 ${owner} versions/TIME-v1/bin/link-shortener`,
  ];
  const kept = (lines: readonly string[] = []): readonly string[] =>
    lines.filter((line) => !/bin\/(?!link-shortener$)/.test(line));
  assert.equal(kept(files[0]), owned("deploy:www-data"));
  assert.equal(kept(files[1]), owned("root:www-data"));
});

const inodes = "cd /opt/link-shortener/versions; stat -c '%i %n' 20*/VERSION 20*/package.json | sed 's/ .*-/ /'";

test("files that did not change are shared with the release before; new ones have the release's time", async () => {
  succeeded(await deploy("v2"));
  for (const host of scene.hosts) {
    const lines = (await said(scene.lab, host, inodes)).trimEnd().split("\n");
    const [one, two, first, second] = lines.map((line) => line.split(" ")[0]);
    assert.is(lines.length, 4, lines.join("\n"));
    assert.is.not(one, two);
    assert.is(first, second);
  }
  const times = "cd /opt/link-shortener/versions/current/; date -u -d @$(stat -c %Y VERSION) +%Y_%m_%dT%H_%M_%S";
  const ids = "basename $(readlink /opt/link-shortener/versions/current) | cut -d - -f 1";
  assert.equal(await onAll((host) => said(scene.lab, host, times)), await onAll((host) => said(scene.lab, host, ids)));
});

test("a rollback to a release that was downloaded fetches nothing, and works without the options' values", async () => {
  const requests = store.seen.length;
  await scene.project.write({
    hosts,
    settings: downloading(`from: () => process.env["NONE"] ?? "", sha256: () => process.env["NONE"] ?? ""`),
  });
  succeeded(await scene.project.run("rollback", "production"));
  assert.equal(await onAll((host) => served(scene.lab, host)), both("v1 blue"));
  assert.is(store.seen.length, requests);
  const { code, stderr } = await scene.project.run("plan", "production", "--version", "v3");
  assert.is(code, 2);
  assert.match(stderr, 'upload(): from: expected a URL such as "https://…/app.tar.gz", found ""');
});

test("an app that writes into its release shares no files", async () => {
  succeeded(await deploy("v4", "writable: true, appCanActAsDeployer: true,"));
  assert.equal(await onAll((host) => served(scene.lab, host)), both("v4 green"));
  for (const host of scene.hosts) {
    const shared = "find /opt/link-shortener/versions/current/ -type f -links +1 | wc -l";
    assert.is((await said(scene.lab, host, shared)).trim(), "0");
  }
});

test("a host that joins gets the copy of the others, not the archive, and it fits the sum that they have recorded", async () => {
  succeeded(await deploy("v5"));
  const sums = await onAll((host) => said(scene.lab, host, "cat /opt/link-shortener/.bgdeploy/releases/*-v5.tree"));
  assert.match(sums[0] ?? "", /^[0-9a-f]{64}\n$/);
  assert.equal(sums, both(sums[0]));
  const requests = store.seen.length;
  succeeded(await scene.project.run("rollback", "production", "--only", "root-h2"));
  await said(scene.lab, "h2", "rm -r /opt/link-shortener/versions/*-v5");
  const { stdout } = succeeded(await scene.project.run("run", "production", "--join", "root-h2"));
  assert.not.match(stdout, "no checksum was recorded");
  assert.match(await served(scene.lab, "h2"), "v5");
  assert.is(store.seen.length, requests);
});

test.run();
