import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, stateOf, visit } from "../support/hosts.ts";
import { fleet } from "./support.ts";

const test = labSuite("join");
let scene: Scene;
const hosts = [1, 2, 3, 4].map((n) => ({ name: `private-h${n}`, env: { LINK_SHORTENER_VERSION_LABEL: `on-h${n}` } }));
test.before(async () => {
  scene = await aScene("join", { machines: 4, hosts });
  succeeded(await scene.project.deploy("v1", "--except", "private-h4"));
});
test.before.each(() => scene.project.write({ hosts }));
test.after(() => scene.end());

const run = (...words: readonly string[]): ReturnType<Scene["project"]["run"]> =>
  scene.project.run("run", "production", ...words);
const current = async (host: string): Promise<string> =>
  (await said(scene.lab, host, "readlink /opt/link-shortener/versions/current")).trim();
/** Every file of the live release: its sum, its time, its mode, its path. */
const files = (host: string): Promise<string> =>
  said(
    scene.lab,
    host,
    `cd /opt/link-shortener/versions/current/ && find . -type f -exec sha256sum {} + | sort -k 2; find . -type f -printf '%P %T@ %m\\n' | sort; find . -type l -printf '%P %l\\n' | sort`,
  );
async function etag(host: string): Promise<string | null> {
  const address = scene.lab.hosts.find(({ name }) => name === host)?.address ?? "";
  const [name = ""] = (await said(scene.lab, host, "ls /opt/link-shortener/versions/current/static")).split("\n");
  const response = await fetch(`http://${address}/static/${name}`, { headers: { connection: "close" } });
  await response.text();
  assert.is(response.status, 200);
  return response.headers.get("etag");
}

test("a host that was away gets the release that is live elsewhere: same id, same bytes and times, same ETags, its own environment", async () => {
  succeeded(await scene.project.deploy("v2", "--except", "private-h3", "--except", "private-h4"));
  const before = await stateOf(scene.lab, "h1");
  // What is built here by now is not what is live there.
  await scene.project.build("v3");
  const { stdout } = succeeded(await run("--except", "private-h4", "--join", "private-h3"));
  assert.match(stdout, "v2 is live on private-h3.");
  assert.is(await current("h3"), await current("h1"));
  assert.is(await files("h3"), await files("h1"));
  assert.equal([await etag("h3"), await etag("h2")], [await etag("h1"), await etag("h1")]);
  assert.match(await visit(scene.lab, "h3"), '"version":"on-h3"');
  assert.equal(await stateOf(scene.lab, "h1"), before);
});

test("a dry run of a join shows what it would do, and does nothing", async () => {
  const { stdout } = succeeded(await run("--join", "private-h4", "--dry-run"));
  assert.match(stdout, "Nothing has been changed");
  assert.match(stdout, "--join private-h4");
  assert.is(await said(scene.lab, "h4", "ls -A /opt/link-shortener/versions"), "");
});

test("a host that never had a deploy joins too, without the hooks that run once in all", async () => {
  await scene.project.write({
    hosts,
    settings: `pre: hook("migrate", { once: true }, async () => { throw new Error("it ran when the release came to the others"); }),`,
  });
  const { stdout } = succeeded(await run("--join", "private-h4"));
  assert.match(stdout, "v2 is live on private-h4.");
  assert.is(await current("h4"), await current("h1"));
  assert.is(await files("h4"), await files("h1"));
  assert.match(await visit(scene.lab, "h4"), '"version":"on-h4"');
});

test("a host that has the release already is refused, and told what to type", async () => {
  const before = await stateOf(scene.lab, "h3");
  const { stderr } = ended(await run("--join", "private-h3"), 2);
  const id = await current("h1");
  assert.match(stderr, `private-h3: already has ${id}.`);
  assert.match(stderr, `bgdeploy rollback production --only private-h3 --to ${id}`);
  assert.equal(await stateOf(scene.lab, "h3"), before);
});

test("an unknown host is refused, and the likely one is named", async () => {
  const { stderr, stdout } = ended(await run("--join", "private-h33"), 2);
  assert.is(stdout, "");
  assert.match(stderr, /--join private-h33: no such host in stage "production"\. Did you mean "private-h3"\?/);
});

test("no host is left to take the release from: refused", async () => {
  const { stderr } = ended(await run("--only", "private-h3", "--join", "private-h3"), 2);
  assert.match(stderr, "--join leaves no other host");
});

test("where the others differ there is no release to join: refused, with what each serves", async () => {
  succeeded(await scene.project.deploy("v4", "--only", "private-h1"));
  const before = await fleet(scene);
  const { stderr } = ended(await run("--join", "private-h4"), 2);
  assert.match(
    stderr,
    /the other hosts do not all serve the same release: private-h1 serves \S+-v4, private-h2 serves \S+-v2, private-h3 serves \S+-v2/,
  );
  assert.equal(await fleet(scene), before);
});

test("a joined host goes along with the next run, and can go back to what it joined", async () => {
  const joined = await current("h4");
  succeeded(await scene.project.deploy("v5"));
  assert.is(await current("h4"), await current("h1"));
  succeeded(await scene.project.run("rollback", "production", "--only", "private-h4"));
  assert.is(await current("h4"), joined);
});

test.run();
