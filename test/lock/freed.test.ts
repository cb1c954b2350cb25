import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said } from "../support/hosts.ts";
import { aProject } from "../support/project.ts";
import { startClient } from "./support/client.ts";
import { versioned } from "./support/versioned.ts";
import { gatedHook, makeGate } from "./support/gate.ts";
import { isFree, lockFiles, secondsUntilFree } from "./support/until.ts";

const test = labSuite("the lock is freed");
let scene: Scene;
test.before(async () => {
  scene = await aScene("freed", { machines: 2, files: versioned });
});
test.after(() => scene.end());

/** A script that runs in the session's own shell, for this many seconds. */
const sleeper = (seconds: number): Readonly<Record<string, string>> => ({
  "sleep.sh": `rm -f /tmp/slept; echo asleep; sleep ${seconds}; touch /tmp/slept\n`,
});
const slept = async (host: string): Promise<boolean> => (await scene.lab.exec(host, "test -e /tmp/slept")).code === 0;

test("SIGKILL of the client frees the lock within 5 s, and the next run goes", async () => {
  await scene.project.write({ hosts: ["private-h1"], settings: gatedHook(makeGate(scene.project, "never")) });
  const client = startClient(scene.project, ["run", "production"]);
  await client.says(/at the gate/);
  assert.not.ok(await isFree(scene.lab, "h1"));
  client.signal("SIGKILL");
  const seconds = await secondsUntilFree(scene.lab, "h1", 30);
  assert.ok(seconds < 5, `${seconds} s`);
  await scene.project.write({ hosts: ["private-h1"] });
  succeeded(await scene.project.deploy("v1"));
  assert.is(await lockFiles(scene.lab, "h1"), "");
});

test("SIGKILL of the client while a command runs frees the lock when that command has ended", async () => {
  await scene.project.write({ hosts: ["private-h1"], settings: `pre: "sleep.sh",`, files: sleeper(4) });
  const client = startClient(scene.project, ["run", "production"]);
  await client.says(/asleep/);
  client.signal("SIGKILL");
  assert.ok((await secondsUntilFree(scene.lab, "h1", 30)) < 5 + 4);
  assert.ok(await slept("h1"), "not before it has ended");
});

test("SIGKILL of the client in a wait of ours frees the lock at once, long before the wait would end", async () => {
  await scene.project.write({ hosts: ["private-h1"] });
  const delay = "LINK_SHORTENER_START_DELAY_MS=25000";
  const client = startClient(scene.project, ["run", "production", "--verbose", "-e", delay]);
  await client.says(/health:check {2}\$/);
  client.signal("SIGKILL");
  assert.ok((await secondsUntilFree(scene.lab, "h1", 30)) < 5);
});

test("Ctrl-C frees the lock at once: when the run has ended, the next one goes", async () => {
  const gate = makeGate(scene.project, "ctrl-c");
  await scene.project.write({ hosts: ["private-h1"], settings: gatedHook(gate) });
  const client = startClient(scene.project, ["run", "production"]);
  await client.says(/at the gate/);
  client.signalGroup("SIGINT");
  gate.open();
  ended(await client.ended, 130);
  assert.ok(await isFree(scene.lab, "h1"));
  assert.is(await lockFiles(scene.lab, "h1"), "");
});

test("a cut network frees the lock within 30 s, plus the command that is running", async () => {
  const [idle, busy] = [scene.project, await aProject({ lab: scene.lab, hosts: ["private-h2"], files: versioned })];
  await idle.write({ hosts: ["private-h1"], settings: gatedHook(makeGate(idle, "never")) });
  await busy.write({ hosts: ["private-h2"], settings: `pre: "sleep.sh",`, files: sleeper(8) });
  const clients = [idle, busy].map((project) => startClient(project, ["run", "production"]));
  await Promise.all([clients[0]?.says(/at the gate/), clients[1]?.says(/asleep/)]);
  await Promise.all(["h1", "h2"].map((host) => scene.lab.cut(host)));
  // Two seconds more: the host's clock runs from its last answer, and each look takes a moment.
  const seconds = await Promise.all([secondsUntilFree(scene.lab, "h1", 60), secondsUntilFree(scene.lab, "h2", 60)]);
  for (const client of clients) client.signal("SIGKILL");
  await Promise.all(["h1", "h2"].map((host) => scene.lab.mend(host)));
  await busy.remove();
  assert.ok(seconds[0] < 30 + 2 && seconds[1] < 30 + 8 + 2, seconds.join(" s, "));
  assert.ok(await slept("h2"));
  await idle.write({ hosts: ["private-h1", "private-h2"] });
  succeeded(await idle.deploy("v2"));
});

const background: readonly (readonly [string, string])[] = [
  ["alone", "sleep 301 >/dev/null 2>&1 &"],
  ["with nohup", "nohup sleep 301 >/dev/null 2>&1 &"],
  ["with setsid", "setsid sleep 301 >/dev/null 2>&1 </dev/null &"],
];

for (const [how, line] of background) {
  test(`a background child that a hook leaves through $ (${how}) does not hold the lock`, async () => {
    await scene.project.write({
      hosts: ["private-h1"],
      settings: `post: hook("leave", async ({ $ }) => { await $\`${line}\`; }),`,
    });
    await goesTwice();
  });
}

for (const [how, line] of [...background, ["with its output where the script's is", "sleep 301 &"]] as const) {
  test(`a background child that a bash script leaves (${how}) does not hold the lock`, async () => {
    await scene.project.write({
      hosts: ["private-h1"],
      settings: `post: "leave.sh",`,
      files: { "leave.sh": `${line}\n` },
    });
    await goesTwice();
  });
}

async function goesTwice(): Promise<void> {
  succeeded(await scene.project.deploy("v3"));
  assert.match(await said(scene.lab, "h1", "pgrep -af 'sleep 301' || :"), "sleep 301", "the child lives on");
  assert.ok(await isFree(scene.lab, "h1"));
  succeeded(await scene.project.deploy("v4"));
  await scene.lab.exec("h1", "pkill -x sleep");
}

test.run();
