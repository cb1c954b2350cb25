import { setTimeout as wait } from "node:timers/promises";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said } from "../support/hosts.ts";
import { startClient } from "./support/client.ts";

/** Says on the host when it begins and ends, and takes its time. sudo closes what it was given but for its own streams. */
const migrate = (how: string): string => `echo begun >>/tmp/migrations; ${how}; echo ended >>/tmp/migrations`;

const hookOf = (how: string): string =>
  `pre: hook("migrate", async ({ $, log }) => { log("migrates"); await $\`${migrate(how)}\`; }),`;

const test = labSuite("what a killed run leaves behind");
let scene: Scene;
test.before(async () => {
  scene = await aScene("left-behind", { hosts: ["h1"] });
  await said(scene.lab, "h1", `echo 'deploy ALL=(root) NOPASSWD: /usr/bin/sleep 6' >/etc/sudoers.d/sleep`);
  succeeded(await scene.project.deploy("v1"));
});
test.before.each(async () => void (await scene.lab.exec("h1", "rm -f /tmp/migrations")));
test.after(() => scene.end());

const migrations = (): Promise<string> => said(scene.lab, "h1", "tr '\\n' ' ' </tmp/migrations");

/** Kills a run as its hook works, and gives what the next one says. */
async function killInHook(how: string): Promise<string> {
  await scene.project.write({ hosts: ["h1"], settings: hookOf(how) });
  const killed = startClient(scene.project, ["run", "production", "--version", "v2"]);
  await killed.says(/migrates/);
  await wait(500);
  killed.signal("SIGKILL");
  await killed.ended;
  await wait(500);
  const { stderr, stdout } = ended(await scene.project.deploy("v3"), 4);
  assert.not.match(stdout, "upload:send");
  return stderr;
}

for (const [what, how, shown] of [
  ["a hook's command", "sleep 6", "sleep, pid"],
  ["a hook's command that sudo runs", "sudo -n sleep 6", "sudo, pid"],
] as const) {
  test(`${what} outlives its run, and the next one waits for it: no two run at once`, async () => {
    const stderr = await killInHook(how);
    assert.match(
      stderr,
      /h1: the hook "migrate", started by \S+ on \S+ at [-\d]+ [:\d]+ UTC, is still running although its run has ended \(/,
    );
    assert.match(stderr, shown);
    assert.match(stderr, /\)\. Wait for it with --lock-wait 5m, or end it: ssh h1 kill \d+/);
    succeeded(await scene.project.deploy("v4", "--lock-wait", "60s"));
    assert.is(await migrations(), "begun ended begun ended ");
  });
}

test("a daemon that a hook has started holds nothing", async () => {
  await scene.project.write({
    hosts: ["h1"],
    settings: `pre: hook("start", async ({ $ }) => { await $\`nohup sleep 300 >/dev/null 2>&1 & sleep 0.1\`; }),`,
  });
  succeeded(await scene.project.deploy("v5"));
  succeeded(await scene.project.deploy("v6", "--lock-wait", "5s"));
});

test.run();
