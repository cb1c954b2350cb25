import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import type { HostState } from "../support/hosts.ts";
import { said, served, stateOf } from "../support/hosts.ts";
import { leftovers, startClient } from "./support/client.ts";
import { versioned } from "./support/versioned.ts";
import { gatedHook, makeGate } from "./support/gate.ts";
import type { Moment } from "./support/moments.ts";
import { debug, moments } from "./support/moments.ts";
import { slowUpload } from "./support/slow-upload.ts";
import { isFree, lockFiles, runsOn } from "./support/until.ts";

const test = labSuite("interrupt");
let scene: Scene;
test.before(async () => {
  scene = await aScene("interrupt", { machines: 2, files: versioned });
  succeeded(await scene.project.deploy("v1", ...debug));
  await scene.project.build("v2");
});
test.after(() => scene.end());

const states = (): Promise<readonly HostState[]> => Promise.all(scene.hosts.map((host) => stateOf(scene.lab, host)));

const rows: readonly (readonly [NodeJS.Signals, "one" | "group", readonly Moment[]])[] = [
  ["SIGINT", "one", moments],
  ["SIGTERM", "one", moments.filter(({ task }) => task === "upload:send" || task.startsWith("hooks:pre"))],
  ["SIGHUP", "one", moments.filter(({ task }) => task === "health:check" || task === "nginx:drain")],
  // As a terminal does: ssh and rsync must not be cut.
  ["SIGINT", "group", moments.filter(({ task }) => task !== "health:check")],
];

for (const [signal, to, some] of rows) {
  for (const { name, task, reach } of some) {
    const whom = to === "one" ? "" : " to the whole process group";
    test(`${signal}${whom} ${name}: what runs is finished, all is undone, exit 130, nothing is left`, async () => {
      const before = await states();
      const { client, finish } = await reach(scene.project, scene.lab);
      if (to === "one") client.signal(signal);
      else client.signalGroup(signal);
      const { stdout, stderr } = ended(await client.ended, 130);
      await finish();
      assert.match(stderr, `${signal}: finishing the running commands, then undoing.`);
      assert.match(stdout, "Interrupted and undone.\nv1 (blue) is still live on private-h1, private-h2.");
      // A wait of ours ends at the signal, and so does an upload; all else comes to its end.
      const isCut = ["health:check", "nginx:drain", "upload:send"].includes(task);
      const end = isCut ? "(done in|failed: .*)" : "done in";
      assert.match(stdout, new RegExp(`private-h1 {2}${task} {2}${end}`));
      assert.not.match(stdout, /undo of \S+ {2}failed|the connection was lost/);
      assert.equal(await states(), before);
      assert.equal(await Promise.all(scene.hosts.map((host) => runsOn(scene.lab, host))), [[], []]);
      assert.equal(await leftovers(scene.project), []);
      assert.equal([await lockFiles(scene.lab, "h1"), await isFree(scene.lab, "h1")], ["", true]);
    });
  }
}

for (const sessions of [2, 10]) {
  test(`SIGINT during the upload of a host alone, to which all was sent (MaxSessions ${sessions}): the traffic stays where it was`, async () => {
    const settings = `sed -i '/^MaxSessions/d; 1i MaxSessions ${sessions}' /etc/ssh/sshd_config && systemctl restart ssh`;
    await said(scene.lab, "h1", settings);
    const before = await states();
    await scene.project.write({ hosts: ["private-h1"] });
    const path = await slowUpload(scene.project);
    const client = startClient(scene.project, ["run", "production", "--verbose"], { path });
    await client.says(/upload:send {2}\$ rsync/);
    client.signalGroup("SIGINT");
    const { stdout } = ended(await client.ended, 130);
    assert.match(stdout, "Interrupted and undone.\nv1 (blue) is still live on private-h1.");
    // What stands behind it has not even begun.
    assert.not.match(stdout, "systemd:start");
    assert.equal(await states(), before);
  });
}

test("after all of that the next run succeeds", async () => {
  await scene.project.write({});
  succeeded(await scene.project.deploy("v2"));
  assert.equal(await Promise.all(scene.hosts.map((host) => served(scene.lab, host))), ["v2 green", "v2 green"]);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  test(`${signal} after the point of no return: the run finishes, and the new version is live`, async () => {
    const gate = makeGate(scene.project, signal);
    await scene.project.write({ settings: `prune: { keep: 1 }, ${gatedHook(gate).replace("pre:", "post:")}` });
    await scene.project.build(signal);
    const client = startClient(scene.project, ["run", "production", "--version", signal]);
    await client.says(/at the gate/);
    client.signal(signal);
    await client.says(new RegExp(`${signal}: `));
    gate.open();
    const { stdout, stderr } = succeeded(await client.ended);
    assert.match(stderr, `${signal}: past the point of no return. The new version is live and stays;`);
    assert.match(stdout, /private-h2 {2}prune:releases {2}done/);
    assert.match(await served(scene.lab, "h2"), new RegExp(`^${signal} `));
    assert.equal(await leftovers(scene.project), []);
  });
}

test.run();
