import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served, withoutTimes } from "../support/hosts.ts";
import { idOf, quick, recorded, whole } from "./support/host.ts";

const test = labSuite("refused rollbacks");
let scene: Scene;
test.before(async () => {
  scene = await aScene("refused", { machines: 2, hosts: ["h*"], settings: quick });
});
test.after(() => scene.end());

const states = (): Promise<readonly string[]> => Promise.all(scene.hosts.map((host) => whole(scene.lab, host)));

/** What a rollback says that is refused, on stderr; nothing may have changed on any host. */
async function refused(...words: readonly string[]): Promise<string> {
  const before = await states();
  const { stderr } = ended(await scene.project.run("rollback", "production", ...words), 2);
  assert.equal(await states(), before);
  return withoutTimes(stderr);
}

test("before the first deploy there is nothing to go back to", async () => {
  const { stderr } = ended(await scene.project.run("rollback", "production"), 2);
  assert.is(
    stderr,
    "bgdeploy: h1: there is no earlier good release to go back to. It has no other release\nbgdeploy: h2: there is no earlier good release to go back to. It has no other release\n",
  );
});

test("nor after the first, nor where the only other one has failed", async () => {
  succeeded(await scene.project.deploy("v1"));
  assert.match(await refused(), "h1: there is no earlier good release to go back to. It has no other release\n");
  await scene.project.write({ hosts: ["h*"], settings: `${quick} health: { http: "/none", timeout: "1s" },` });
  ended(await scene.project.deploy("v2"), 1);
  await scene.project.write({ hosts: ["h*"], settings: quick });
  assert.is(
    await refused(),
    ["h1", "h2"]
      .map(
        (host) =>
          `bgdeploy: ${host}: there is no earlier good release to go back to. It has: TIME-v2 (failed). Name one: --to ID\n`,
      )
      .join(""),
  );
});

test("an unknown release is refused, with those that there are", async () => {
  assert.is(
    await refused("--to", "v9"),
    ["h1", "h2"].map((host) => `bgdeploy: ${host}: there is no release v9. It has: TIME-v2 (failed)\n`).join(""),
  );
});

test("the live release is refused", async () => {
  assert.is(await refused("--to", "v1"), "bgdeploy: h1: v1 is already live\nbgdeploy: h2: v1 is already live\n");
});

test("a version that two releases have is refused, with their ids", async () => {
  for (const version of ["v3", "v4", "v3", "v5"]) succeeded(await scene.project.deploy(version));
  assert.match(
    await refused("--to", "v3"),
    /^bgdeploy: h1: v3 is the version of 2 releases: TIME-v3, TIME-v3\. Choose one: --to ID\n/,
  );
});

test("hosts that would go back to different releases are refused, with what each would go back to", async () => {
  succeeded(await scene.project.deploy("v6", "--only", "h1"));
  const said = await refused();
  assert.is(
    said,
    "bgdeploy: the hosts would go back to different releases: TIME-v5 on h1; TIME-v3 on h2. Choose one: --to ID, or choose hosts: --only HOST\n",
  );
  assert.match(await refused("--dry-run"), "the hosts would go back to different releases");
});

test("with --only such a host goes back alone, and the hosts are one again", async () => {
  succeeded(await scene.project.run("rollback", "production", "--only", "h1"));
  assert.equal(
    (await Promise.all(scene.hosts.map((host) => served(scene.lab, host)))).map((each) => each.split(" ")[0]),
    ["v5", "v5"],
  );
});

test("one host whose old release cannot start: no host goes back", async () => {
  const id = await idOf(scene.lab, "h2", "v4");
  await said(scene.lab, "h2", `cd /opt/link-shortener/versions/${id} && mv bin away`);
  const before = await states();
  const { stdout } = ended(await scene.project.run("rollback", "production", "--to", id), 1);
  assert.equal(await states(), before);
  assert.match(stdout, /Failed and undone\.\nv5 \(\w+\) is still live on h1/);
  assert.ok((await recorded(scene.lab, "h1")).includes("v4 previous"));
});

test("a release that no longer exists from one host is refused on all", async () => {
  const id = await idOf(scene.lab, "h2", "v4");
  await said(scene.lab, "h2", `rm -r /opt/link-shortener/versions/${id}`);
  assert.match(await refused("--to", id), /^bgdeploy: h2: there is no release TIME-v4\. It has: .*\n$/);
});

test.run();
