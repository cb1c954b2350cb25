import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { served } from "../support/hosts.ts";
import type { Project } from "../support/project.ts";
import { aProject } from "../support/project.ts";
import { startClient } from "./support/client.ts";
import { versioned } from "./support/versioned.ts";
import type { Gate } from "./support/gate.ts";
import { gatedHook, makeGate } from "./support/gate.ts";
import { isFree, lockFiles } from "./support/until.ts";

const test = labSuite("two runs at once");
let scene: Scene;
let other: Project;
let gate: Gate;
const [there, back] = [
  ["private-h1", "private-h2", "private-h3"],
  ["private-h3", "private-h2", "private-h1"],
];
test.before(async () => {
  scene = await aScene("two-runs", { machines: 3, hosts: there, files: versioned });
  other = await aProject({ lab: scene.lab, hosts: back, files: versioned });
  gate = makeGate(scene.project, "hook");
  succeeded(await scene.project.deploy("v1"));
});
test.before.each(async () => {
  gate.shut();
  await scene.project.write({ hosts: there, settings: gatedHook(gate) });
  await other.write({ hosts: back });
});
test.after(async () => {
  await other.remove();
  await scene.end();
});

const versions = (): Promise<readonly string[]> => Promise.all(scene.hosts.map((host) => served(scene.lab, host)));
const traces = async (): Promise<readonly string[]> => {
  const files = await Promise.all(scene.hosts.map((host) => lockFiles(scene.lab, host)));
  return files.filter((each) => each !== "");
};

test("of two runs at once one goes on; the other exits 4 and names who holds each host, from where, since when, with what", async () => {
  const first = startClient(scene.project, ["run", "production", "--version", "v2"]);
  await first.says(/at the gate/);
  const { stderr, stdout } = ended(await other.deploy("v3"), 4);
  const who = String.raw`\S+ on \S+ since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, with \d{4}_\d\d_\d\dT\d\d_\d\d_\d\d-v2`;
  for (const host of there) assert.match(stderr, new RegExp(`bgdeploy: ${host}: locked by ${who}\\. `));
  assert.match(stderr, "To wait for it: --lock-wait 5m");
  assert.not.match(stdout, "upload:send");
  gate.open();
  succeeded(await first.ended);
  assert.equal(await versions(), ["v1 green", "v1 green", "v1 green"]);
});

test("a refused run leaves no lock and no lock.json on the hosts that were free: the next run goes", async () => {
  await scene.project.write({ hosts: ["private-h2"], settings: gatedHook(gate) });
  const first = startClient(scene.project, ["run", "production", "--version", "v4"]);
  await first.says(/at the gate/);
  const { stderr } = ended(await other.deploy("v5"), 4);
  assert.equal(stderr.match(/private-h\d: locked/g), ["private-h2: locked"]);
  assert.equal(await Promise.all(["h1", "h3"].map((host) => lockFiles(scene.lab, host))), ["", ""]);
  assert.equal(await Promise.all(["h1", "h3"].map((host) => isFree(scene.lab, host))), [true, true]);
  gate.open();
  succeeded(await first.ended);
  succeeded(await other.deploy("v6"));
  assert.equal(await traces(), []);
});

test("--lock-wait says for whom it waits, waits, and runs as soon as the other run has ended", async () => {
  const first = startClient(scene.project, ["run", "production", "--version", "v7"]);
  await first.says(/at the gate/);
  await other.build("v8");
  const second = startClient(other, ["run", "production", "--version", "v8", "--lock-wait", "60s"]);
  await second.says(/private-h1: locked by \S+ on \S+ since [^\n]*-v7[^]* Waiting …/);
  assert.not.match(second.said(), "upload:send");
  gate.open();
  succeeded(await first.ended);
  succeeded(await second.ended);
  const [version = ""] = await versions();
  assert.match(version, /^v8 /);
});

test("--lock-wait gives up with exit 4 when its time is over", async () => {
  const first = startClient(scene.project, ["run", "production", "--version", "v9"]);
  await first.says(/at the gate/);
  ended(await other.deploy("v10", "--lock-wait", "2s"), 4);
  gate.open();
  succeeded(await first.ended);
});

test("--lock-wait with no time is refused before any host is asked", async () => {
  const tries = ["", "soon", "5", "-1s", "5 parsecs"];
  const answers = await Promise.all(tries.map((value) => other.run("run", "production", `--lock-wait=${value}`)));
  for (const { code, stderr, stdout } of answers) {
    assert.equal([code, stdout], [2, ""]);
    assert.match(stderr, /--lock-wait( \S+.*: expected a duration such as 30s or 5m| needs a value: --lock-wait 5m)/);
  }
});

for (const round of [1, 2, 3, 4, 5]) {
  test(`started together over hosts in opposite order, one of two runs is refused and one runs, round ${round}`, async () => {
    const start = makeGate(scene.project, "start");
    start.shut();
    const settings = `...(await ${start.source}), ${gatedHook(gate)}`;
    await scene.project.write({ hosts: there, settings });
    await other.write({ hosts: back, settings });
    const clients = [scene.project, other].map((project) => startClient(project, ["run", "production"]));
    start.open();
    const first = await Promise.race(clients.map(async (client) => ({ client, end: await client.ended })));
    ended(first.end, 4);
    gate.open();
    const ends = await Promise.all(clients.map((client) => client.ended));
    assert.equal(ends.map(({ code }) => `${code}`).toSorted(), ["0", "4"]);
    assert.equal(ends.filter(({ stdout }) => stdout.includes("at the gate")).length, 1);
    assert.equal(await traces(), []);
  });
}

test.run();
