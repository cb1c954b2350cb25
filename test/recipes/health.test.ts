import { mkdirSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { HealthOptions } from "../../recipes/index.ts";
import { hexOf } from "../../lib/model/stranger.ts";
import { health } from "../../recipes/index.ts";
import { aTarget } from "../support/target.ts";
import type { Ran, Stubs } from "./support/bash.ts";
import { freePort, withServer } from "./support/bash.ts";
import { check, healthyStubs, journal, late } from "./support/health.ts";

const test = suite<{ stubs: Stubs }>("health");
test.before.each((context) => {
  context.stubs = healthyStubs();
});
test.after.each(({ stubs }) => stubs.remove());

test("a port that accepts is healthy at once, with nothing said", async ({ stubs }) => {
  const ran = await withServer(
    () => {},
    (port) => check(port, stubs),
  );
  assert.equal([ran.status, ran.output], [0, ""]);
  assert.ok(ran.seconds < 10);
});

test("a port that accepts late is healthy then", async ({ stubs }) => {
  const port = await freePort();
  const checking = check(port, stubs, { timeout: 5000 });
  await wait(300);
  const ran = await withServer(
    () => {},
    () => checking,
    port,
  );
  assert.equal([ran.status, ran.output], [0, ""]);
  assert.ok(ran.seconds < 10);
});

test("a port that never accepts fails at the time-out, with the journal's last lines", async ({ stubs }) => {
  const port = await freePort();
  const ran = await check(port, stubs, late);
  assert.equal(
    [ran.status, ran.output],
    [1, `not healthy after 0.4 s: nothing listens on 127.0.0.1:${port}\n${journal}`],
  );
  assert.ok(ran.seconds >= 0.4 && ran.seconds < 10);
});

test("a port that accepts, but for another user than the unit's, fails at once", async ({ stubs }) => {
  const row = (uid: number, port: number): string =>
    `0: 0100007F:${hexOf(port)} 00000000:0000 0A 00000000:00000000 00:00000000 00000000 ${uid} 0 1 1`;
  mkdirSync(`${stubs.directory}/.bgdeploy`, { recursive: true });
  writeFileSync(`${stubs.directory}/.bgdeploy/restarts`, "MainPID=0\nNRestarts=0\nUID=998\n");
  stubs.set("id", "echo nobody");
  const by = (uid: number): Promise<Ran & { readonly port: number }> =>
    withServer(
      () => {},
      async (port) => {
        stubs.set(
          "grep",
          `case "$*" in */proc/net/tcp*) echo "${row(uid, port)}" ;; *) exec /usr/bin/grep "$@" ;; esac`,
        );
        return { port, ...(await check(port, stubs)) };
      },
    );
  assert.equal([(await by(998)).status, (await by(0)).status], [0, 0]);
  const { status, output, port } = await by(65_534);
  const where = `127.0.0.1:${port}, where shop@green.service should, belongs to nobody (uid 65534), not to its user`;
  const which = `No traffic was sent there. Which program: sudo ss -ltnp 'sport = :${port}'`;
  assert.equal([status, output], [1, `A STRANGER LISTENS: ${where}. ${which}\n`]);
});

for (const state of ["failed", "inactive"]) {
  test(`a unit that is ${state} fails at once`, async ({ stubs }) => {
    stubs.set("systemctl", `echo ActiveState=${state}; echo NRestarts=0`);
    const ran = await check(await freePort(), stubs, { timeout: 30_000 });
    assert.equal([ran.status, ran.output], [1, `the new version stopped on startup\n${journal}`]);
    assert.ok(ran.seconds < 10);
  });
}

test("a unit that was started again fails at once", async ({ stubs }) => {
  stubs.set("systemctl", "echo NRestarts=1; echo ActiveState=activating");
  const ran = await check(await freePort(), stubs, { timeout: 30_000 });
  assert.equal([ran.status, ran.output], [1, `the new version crashed on startup\n${journal}`]);
});

test("a process that is gone is looked at again and again, whatever was seen in between", async ({ stubs }) => {
  const states = [
    "echo ActiveState=active; echo NRestarts=0; echo MainPID=999999",
    "echo ActiveState=activating; echo NRestarts=0; echo MainPID=0",
    "echo ActiveState=activating; echo NRestarts=1; echo MainPID=0",
  ];
  const log = `${stubs.directory}/asked`;
  stubs.set(
    "systemctl",
    `echo >>${log}; case $(wc -l <${log}) in 1) ${states[0]};; 2) ${states[1]};; *) ${states[2]};; esac`,
  );
  const ran = await check(await freePort(), stubs, { timeout: 30_000 });
  assert.equal([ran.status, ran.output], [1, `the new version crashed on startup\n${journal}`]);
  assert.ok(ran.seconds < 10);
});

test("a unit without a main process settles, too", async ({ stubs }) => {
  stubs.set(
    "systemctl",
    "echo ActiveState=active; echo NRestarts=0; echo MainPID=0; echo ExecMainStartTimestampMonotonic=1",
  );
  const ran = await withServer(
    () => {},
    (port) => check(port, stubs, { settle: 100 }),
  );
  assert.equal([ran.status, ran.output], [0, ""]);
});

test("restarts of before this run's start count for nothing, a further one does", async ({ stubs }) => {
  mkdirSync(`${stubs.directory}/.bgdeploy`, { recursive: true });
  writeFileSync(`${stubs.directory}/.bgdeploy/restarts`, "NRestarts=5\n");
  stubs.set("systemctl", "echo ActiveState=active; echo NRestarts=5");
  const ran = await check(await freePort(), stubs, late);
  assert.match(ran.output, /^not healthy after 0\.4 s/);
  stubs.set("systemctl", "echo ActiveState=active; echo NRestarts=55");
  assert.match((await check(await freePort(), stubs, late)).output, /^the new version crashed on startup/);
});

test("as long as the process that was noted at the start is there, systemd is not asked", async ({ stubs }) => {
  mkdirSync(`${stubs.directory}/.bgdeploy`, { recursive: true });
  const note = (pid: number): void =>
    writeFileSync(`${stubs.directory}/.bgdeploy/restarts`, `MainPID=${pid}\nNRestarts=0\n`);
  stubs.set("systemctl", "echo ActiveState=failed; echo NRestarts=0; echo MainPID=0");
  note(process.pid);
  const there = await withServer(
    () => {},
    (port) => check(port, stubs, { settle: 100 }),
  );
  assert.equal([there.status, there.output], [0, ""]);
  note(999_999_999);
  assert.match((await check(await freePort(), stubs)).output, /^the new version stopped on startup/);
});

test("of the unit's journal the app's own lines are shown, where it has any", async ({ stubs }) => {
  stubs.set("systemctl", "echo ActiveState=failed; echo NRestarts=0");
  stubs.set("journalctl", 'case "$*" in *_SYSTEMD_INVOCATION_ID=*) echo "no database" ;; *) echo "Stopped." ;; esac');
  const ran = await check(await freePort(), stubs);
  assert.match(ran.output, /:\nno database\n$/);
  stubs.set("journalctl", 'case "$*" in *" INVOCATION_ID="*) echo "Stopped." ;; esac');
  assert.match((await check(await freePort(), stubs)).output, /:\nStopped\.\n$/);
});

test("a journal that may not be read is said too", async ({ stubs }) => {
  stubs.set("systemctl", "echo ActiveState=failed; echo NRestarts=0");
  stubs.set(
    "journalctl",
    `case " $* " in *" -q "*) ;; *) echo 'No journal files were opened due to insufficient permissions.' >&2 ;; esac`,
  );
  const ran = await check(await freePort(), stubs);
  assert.match(
    ran.output,
    /insufficient permissions\.\n\S+ cannot read the journal\. To allow it \(group systemd-journal\): bgdeploy setup\n$/,
  );
});

test("the spec's command is asked with the port, as well as the port itself", async ({ stubs }) => {
  mkdirSync(`${stubs.directory}/versions/current-green/bin`, { recursive: true });
  stubs.set(
    "versions/current-green/bin/shop",
    `[ "$1" = -c ] && [ -e ${stubs.directory}/asked ] || { touch ${stubs.directory}/asked; echo "no database on $2"; exit 3; }`,
  );
  const ran = await withServer(
    () => {},
    (port) => check(port, stubs, { command: true, timeout: 5000 }),
  );
  assert.equal([ran.status, ran.output], [0, ""]);
});

test("what the command said is in the failure", async ({ stubs }) => {
  mkdirSync(`${stubs.directory}/versions/current-green/bin`, { recursive: true });
  const program = `${stubs.directory}/versions/current-green/bin/shop`;
  stubs.set("versions/current-green/bin/shop", 'echo "no database on $2"; exit 3');
  let at = 0;
  const ran = await withServer(
    () => {},
    (port) => check((at = port), stubs, { command: true, ...late }),
  );
  const why = `${program} -c ${at} ended with status 3: no database on ${at}`;
  assert.equal([ran.status, ran.output], [1, `not healthy after 0.4 s: ${why}\n${journal}`]);
});

test("options given to the task win over the config", () => {
  const text = (options: HealthOptions): string => {
    const [command] = health(options).commands(aTarget({ live: "blue" }));
    return command?.kind === "shell" ? command.line.raw : "";
  };
  assert.match(text({ timeout: "5s" }), "not healthy after 5 s");
  assert.match(text({ http: "/up" }), "GET /up HTTP/1.1");
  assert.match(text({ http: "/up", interval: "1s" }), "bg_until bg_check1 1");
  assert.throws(() => text({ timeout: "1e3s" }), 'health(): "1e3s" is no duration such as "30s"');
});

test.run();
