import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Ended } from "../support/bgdeploy.ts";
import { bgdeploy } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { served } from "../support/hosts.ts";
import { idsOn, recorded } from "./support/host.ts";

const day = 86_400_000;

const test = labSuite("clocks");
let scene: Scene;
test.before(async () => {
  scene = await aScene("clock", { hosts: ["h*"], settings: `prune: { olderThan: "12h", keep: 1 },` });
  succeeded(await scene.project.deploy("v1"));
  succeeded(await scene.project.deploy("v2"));
});
test.after(() => scene.end());

/** bgdeploy on a machine whose clock goes wrong by so many milliseconds. */
function atTime(shift: number, ...words: readonly string[]): Promise<Ended> {
  const module = `const Real = Date; globalThis.Date = class extends Real {
    constructor(...words) { if (words.length > 0) super(...words); else super(Real.now() + ${shift}); }
    static now() { return Real.now() + ${shift}; }
  };`;
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(module)}` };
  return bgdeploy(words, { cwd: scene.project.directory, env });
}

async function deployAt(shift: number, version: string): Promise<void> {
  await scene.project.build(version);
  succeeded(await atTime(shift, "run", "production", "--version", version));
}
const left = async (): Promise<readonly string[]> =>
  (await idsOn(scene.lab, "h1")).map((id) => id.slice(20)).toSorted();

test("a client a day ahead: the release that was live stays, and is gone back to", async () => {
  await deployAt(day, "ahead");
  assert.equal(await left(), ["ahead", "v2"]);
  assert.is(await served(scene.lab, "h1"), "ahead blue");
  succeeded(await scene.project.run("rollback", "production"));
  assert.is(await served(scene.lab, "h1"), "v2 green");
});

test("the next one with a right clock, whose id is the older one: the same", async () => {
  await deployAt(day, "ahead2");
  succeeded(await scene.project.deploy("v3"));
  assert.equal(await left(), ["ahead2", "v3"]);
  assert.is(await served(scene.lab, "h1"), "v3 green");
  succeeded(await scene.project.run("rollback", "production"));
  assert.is(await served(scene.lab, "h1"), "ahead2 blue");
});

test("a client a day behind: the same", async () => {
  succeeded(await scene.project.deploy("v4"));
  await deployAt(-day, "behind");
  // By its id the one from the future is the newest, and so the one that `keep: 1` keeps.
  assert.equal(await left(), ["ahead2", "behind", "v4"]);
  assert.is(await served(scene.lab, "h1"), "behind blue");
  succeeded(await scene.project.run("rollback", "production"));
  assert.is(await served(scene.lab, "h1"), "v4 green");
  assert.equal((await recorded(scene.lab, "h1")).toSorted(), ["ahead2 previous", "behind rolled-back", "v4 live"]);
});

test("status and releases go by what is recorded, whatever the clock says", async () => {
  for (const shift of [-day, 0, day]) {
    assert.match(succeeded(await atTime(shift, "status", "production")).stdout, /h1 +v4 \(green\)/);
    assert.match(succeeded(await atTime(shift, "releases", "production")).stdout, /-v4 +live, green\n/);
  }
});

test.run();
