import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { bgdeployWords, program } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { served, stateOf } from "../support/hosts.ts";
import type { Project } from "../support/project.ts";
import { aProject } from "../support/project.ts";
import { connects, leftovers, startClient } from "./support/client.ts";
import { versioned } from "./support/versioned.ts";
import { gatedHook, makeGate } from "./support/gate.ts";
import { debug, moments } from "./support/moments.ts";
import { lockFiles, runsOn } from "./support/until.ts";

const test = labSuite("stop now");
let scene: Scene;
let other: Project;
test.before(async () => {
  scene = await aScene("stop-now", { machines: 2, files: versioned });
  other = await aProject({ lab: scene.lab, files: versioned });
  succeeded(await scene.project.deploy("v1", ...debug));
});
test.after(async () => {
  await other.remove();
  await scene.end();
});

for (const { name, task, reach } of moments) {
  test(`a second SIGINT ${name} stops at once, says what is left, exits 3, and the next run succeeds`, async () => {
    const before = await served(scene.lab, "h1");
    await scene.project.build("stopped");
    const { client, finish } = await reach(scene.project, scene.lab);
    client.signalGroup("SIGINT");
    await client.says(/again to stop now/);
    // One that comes sooner counts as the same.
    await wait(200);
    client.signalGroup("SIGINT");
    const { code, stderr } = await client.ended;
    // A wait of ours ends at the first signal: all may be undone before the second.
    const isQuick = task === "health:check" || task === "nginx:drain";
    if (!(isQuick && code === 130)) {
      ended(await client.ended, 3);
      assert.match(
        stderr,
        /Stopped immediately; (nothing was undone|the undo is incomplete) on private-h1, private-h2\. The live version keeps serving\./,
      );
      assert.match(stderr, "The next run checks each host's actual state and repairs it: run the same command again.");
    }
    assert.match(await served(scene.lab, "h1"), /^(v\d|stopped) /);
    assert.equal(await leftovers(scene.project), []);
    assert.match(before, /^v\d /);
    // What was stopped in its middle may be cut.
    await finish().catch(() => {});
    await scene.project.write({});
    succeeded(await scene.project.deploy("v2", "--lock-wait", "60s", ...debug));
    assert.equal(await Promise.all(scene.hosts.map((host) => runsOn(scene.lab, host))), [[], []]);
    assert.match(await served(scene.lab, "h2"), /^v2 /);
  });
}

test("Ctrl-C typed at a terminal: the tree ends, all is undone, exit 130", async () => {
  const before = await stateOf(scene.lab, "h1");
  const gate = makeGate(scene.project, "typed");
  await scene.project.write({ settings: gatedHook(gate) });
  const line = [...bgdeployWords, "run", "production"].map((word) => `'${word}'`).join(" ");
  const words = ["script", "-qefc", `stty cols 120 rows 40; exec ${line}`, "/dev/null"];
  const client = startClient(scene.project, [], { program: words, input: true });
  await client.says(/at the gate/);
  client.type("\x03");
  await client.says(/SIGINT: finishing the running commands/);
  gate.open();
  const { stdout } = ended(await client.ended, 130);
  assert.match(stdout, "Interrupted and undone.");
  assert.match(stdout, "is still live on private-h1, private-h2.");
  assert.not.match(stdout, "the connection was lost");
  assert.equal(await stateOf(scene.lab, "h1"), before);
  assert.equal(await leftovers(scene.project), []);
});

test("SIGINT while waiting for the lock: exit 130, no trace, and the run that holds it is not disturbed", async () => {
  await scene.project.write({});
  await scene.project.build("v3");
  const delay = "LINK_SHORTENER_START_DELAY_MS=8000";
  const holder = startClient(scene.project, ["run", "production", "--version", "v3", "--verbose", "-e", delay]);
  await holder.says(/private-h2 {2}health:check {2}\$/);
  const waiting = startClient(other, ["run", "production", "--lock-wait", "60s"]);
  await waiting.says(/Waiting …/);
  waiting.signal("SIGINT");
  const { stderr, stdout } = ended(await waiting.ended, 130);
  assert.match(stderr, /[Ii]nterrupted while waiting for the lock/);
  assert.not.match(stdout, "upload:send");
  assert.equal(await leftovers(other), []);
  succeeded(await holder.ended);
  assert.match(await served(scene.lab, "h1"), /^v3 /);
  assert.is(await lockFiles(scene.lab, "h1"), "");
});

const connecting: readonly (readonly [NodeJS.Signals, ...string[]])[] = [
  ["SIGINT", "run", "production"],
  ["SIGTERM", "plan", "production"],
  ["SIGHUP", "run", "production", "--join", "h1"],
];

for (const [signal, ...words] of connecting) {
  test(`${signal} while ${words.join(" ")} connects: it ends at once with 130, and leaves no process and no directory`, async () => {
    await other.write({ hosts: ["h1", "h2"] });
    await scene.lab.cut("h2");
    const client = startClient(other, words);
    await connects(other);
    const began = performance.now();
    client.signal(signal);
    const { stderr } = ended(await client.ended, 130);
    const seconds = (performance.now() - began) / 1000;
    await scene.lab.mend("h2");
    assert.match(stderr, "nterrupted while connecting; nothing was changed");
    assert.ok(seconds < 8, `ssh alone would try for 10 s; it took ${seconds} s`);
    assert.equal(await leftovers(other), []);
    assert.equal(await runsOn(scene.lab, "h1"), []);
  });
}

test("Ctrl-C at the question for a passphrase: exit 130, no trace, and the terminal shows again what is typed", async () => {
  const [key, config] = [join(other.directory, "key"), join(other.directory, "ssh_config")];
  await copyFile(scene.lab.key, key);
  await program(["ssh-keygen", "-q", "-p", "-P", "", "-N", "sesame", "-f", key], { cwd: "/" });
  await writeFile(config, (await readFile(scene.lab.sshConfig, "utf8")).replaceAll(scene.lab.key, key));
  await other.write({ hosts: ["h1"], settings: `sshConfig: ${JSON.stringify(config)},` });
  const line = bgdeployWords.map((word) => `'${word}'`).join(" ");
  const script = `trap : INT; ${line} run production; echo "ended with $?"; stty -a`;
  const client = startClient(other, [], { program: ["script", "-qefc", script, "/dev/null"], input: true });
  await client.says(/Enter passphrase/);
  // ssh mutes the terminal just after it has asked.
  await wait(500);
  client.type("\x03");
  const { stdout } = await client.ended;
  assert.match(stdout, "ended with 130");
  assert.match(stdout, "nterrupted while connecting; nothing was changed");
  assert.match(stdout, / echo /);
  assert.equal(await leftovers(other), []);
});

test.run();
