import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { served, stateOf } from "../support/hosts.ts";
import { startClient } from "./support/client.ts";
import { versioned } from "./support/versioned.ts";
import { gatedHook, makeGate } from "./support/gate.ts";
import { isFree, lockFiles } from "./support/until.ts";

const test = labSuite("a lock by hand");
let scene: Scene;
test.before(async () => {
  scene = await aScene("by-hand", { machines: 2, files: versioned });
  succeeded(await scene.project.deploy("v1"));
  succeeded(await scene.project.deploy("v2"));
});
test.after(() => scene.end());

const run = (...words: readonly string[]): ReturnType<Scene["project"]["run"]> => scene.project.run(...words);
const frozen = /private-h1: locked by hand by \S+ on \S+ since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: audit till six\./;

test("bgdeploy lock says what it locked and how to open it", async () => {
  const { stdout } = succeeded(await run("lock", "production", "-m", "audit till six"));
  assert.is(stdout, "Locked: private-h1, private-h2. To unlock: bgdeploy unlock production\n");
});

test("run and rollback exit 4 with who, since when and why, and the command that opens it; nothing changes", async () => {
  const before = await stateOf(scene.lab, "h1");
  const answers = [await scene.project.deploy("v3"), await run("rollback", "production")];
  for (const answer of answers) {
    const { stderr, stdout } = ended(answer, 4);
    assert.match(stderr, frozen);
    assert.match(stderr, /private-h2: locked by hand/);
    assert.match(stderr, "To unlock: bgdeploy unlock production");
    assert.not.match(stdout, "done in");
  }
  assert.equal(await stateOf(scene.lab, "h1"), before);
  assert.equal([await lockFiles(scene.lab, "h1"), await isFree(scene.lab, "h1")], ["freeze.json\n", true]);
});

test("--lock-wait does not wait for a person: it exits 4 at once", async () => {
  const { stderr } = ended(await scene.project.deploy("v3", "--lock-wait", "10m"), 4);
  assert.match(stderr, frozen);
});

test("plan and status still work, and status shows who locked and why", async () => {
  succeeded(await run("plan", "production"));
  const { stdout } = succeeded(await run("status", "production"));
  assert.match(stdout, /private-h1: locked by hand: \S+ on \S+ since [^"]* UTC: audit till six\n/);
});

test("it stays after a power cut", async () => {
  await scene.lab.kill("h1");
  await scene.lab.boot("h1");
  const { stderr } = ended(await scene.project.deploy("v3"), 4);
  assert.match(stderr, frozen);
});

test("unlock says whose lock it was, and the next run goes; unlock again finds none", async () => {
  const { stdout } = succeeded(await run("unlock", "production"));
  assert.match(
    stdout,
    /^private-h1: unlocked; it was locked by \S+ on \S+ since .* UTC: audit till six\nprivate-h2: unlocked; .*\n$/,
  );
  succeeded(await scene.project.deploy("v3"));
  assert.is(succeeded(await run("unlock", "production")).stdout, "No host was locked by hand.\n");
});

test("a lock by hand does not stop a run that is under way; it refuses the next one", async () => {
  const gate = makeGate(scene.project, "hook");
  await scene.project.write({ settings: gatedHook(gate) });
  await scene.project.build("v4");
  const client = startClient(scene.project, ["run", "production", "--version", "v4"]);
  await client.says(/at the gate/);
  succeeded(await run("lock", "production", "-m", "freeze"));
  gate.open();
  succeeded(await client.ended);
  assert.match(await served(scene.lab, "h1"), /^v4 /);
  ended(await scene.project.deploy("v5"), 4);
  succeeded(await run("unlock", "production"));
});

test("two ssh names of one machine are noticed before anything happens, and no lock stays", async () => {
  const before = await stateOf(scene.lab, "h1");
  await scene.project.write({ hosts: ["h1", "private-h2", "private-h1"] });
  const { stderr } = ended(await scene.project.deploy("v5"), 2);
  assert.match(stderr, "h1 and private-h1 are the same machine (h1); name it once in `hosts`");
  assert.equal(await stateOf(scene.lab, "h1"), before);
  assert.equal([await lockFiles(scene.lab, "h1"), await lockFiles(scene.lab, "h2")], ["", ""]);
});

test("two runs that name one machine differently do not run at once", async () => {
  const gate = makeGate(scene.project, "names");
  await scene.project.write({ hosts: ["h1"], settings: gatedHook(gate) });
  const client = startClient(scene.project, ["run", "production"]);
  await client.says(/at the gate/);
  await scene.project.write({ hosts: ["private-h1"] });
  const { stderr } = ended(await run("run", "production"), 4);
  assert.match(stderr, /private-h1: locked by /);
  gate.open();
  succeeded(await client.ended);
});

test.run();
