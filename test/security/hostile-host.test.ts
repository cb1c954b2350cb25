import { setTimeout as wait } from "node:timers/promises";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import type { Manner, Watched } from "./support/hostile-host.ts";
import { behave, makeHostile, watched } from "./support/hostile-host.ts";

const test = labSuite("a hostile or hung host");
let scene: Scene;
const settings = `drain: { timeout: "10s" }, env: { ...example.env, LINK_SHORTENER_START_DELAY_MS: "8000" },`;
test.before(async () => {
  scene = await aScene("hostile", { machines: 2, hosts: ["h1", "h2"], settings });
  await makeHostile(scene.lab, "h2");
  succeeded(await scene.project.deploy("v1"));
  await scene.project.build("v2");
});
test.after(() => scene.end());

const [kilobyte, megabyte] = [1024, 1024 * 1024];

/** Nobody holds h1, and it serves what it did. */
async function isLeftAlone(): Promise<void> {
  await said(scene.lab, "h1", "flock -n /opt/link-shortener/.bgdeploy true");
  assert.is(await served(scene.lab, "h1"), "v1 blue");
}

/** Waits until so many clients hang. */
async function untilHung(count: number): Promise<void> {
  await said(scene.lab, "h2", `until [ "$(pgrep -cfx 'sleep 1000')" = ${count} ]; do sleep 0.1; done; sleep 1`);
}

async function meets(manner: Manner, ...words: readonly string[]): Promise<Awaited<Watched["ended"]>> {
  await behave(scene.lab, "h2", manner);
  const ended = await watched(words, scene.project.directory).ended;
  await isLeftAlone();
  return ended;
}

for (const hosts of [
  ["h1", "h2"],
  ["root-h1", "root-h2"],
] as const) {
  for (const manner of ["flood", "half-marks"] as const) {
    test(`${hosts[1]}: a ${manner} costs no memory, and ends the run before anything is touched`, async () => {
      await scene.project.write({ hosts, settings });
      const { code, stderr, bytes, seconds } = await meets(manner, "run", "production", "--version", "v2");
      await scene.project.write({ hosts: ["h1", "h2"], settings });
      assert.is(code, 1, stderr);
      assert.match(stderr, `${hosts[1]}: the connection was given up (it answered a question with more than 4.0 MB)`);
      assert.ok(bytes < 400 * megabyte, `${bytes / kilobyte} kB`);
      assert.ok(seconds < 60, `${seconds} s`);
    });
  }
}

test("SIGTERM ends every command that waits for a silent host, within seconds, and lets go of the others", async () => {
  await behave(scene.lab, "h2", "silent");
  const commands = ["run", "status", "doctor", "logs", "setup", "restart", "env"];
  const flags = new Map([
    ["run", ["--version", "v2"]],
    ["logs", ["--variant", "live"]],
    ["setup", ["--yes"]],
  ]);
  const clients = commands.map((command) => ({
    command,
    client: watched([command, "production", ...(flags.get(command) ?? [])], scene.project.directory),
  }));
  await untilHung(commands.length);
  const ends = await Promise.all(
    clients.map(async ({ command, client }) => {
      client.signal("SIGTERM");
      const began = performance.now();
      const { code, stderr } = await client.ended;
      assert.ok(performance.now() - began < 20_000, `${command} took ${performance.now() - began} ms`);
      return `${command} ${code} ${/interrupted|SIGTERM/i.test(stderr) || command === "logs" ? "said" : stderr}`;
    }),
  );
  assert.equal(
    ends,
    commands.map((command) => `${command} 130 said`),
  );
  await isLeftAlone();
});

test("a second signal ends a wait for a silent host at once", async () => {
  await behave(scene.lab, "h2", "silent");
  const client = watched(["run", "production", "--version", "v2"], scene.project.directory);
  await untilHung(1);
  client.signal("SIGTERM");
  await wait(500);
  client.signal("SIGTERM");
  const began = performance.now();
  assert.is((await client.ended).code, 130);
  assert.ok(performance.now() - began < 2500);
  await isLeftAlone();
});

test("nobody has to interrupt: a host that is silent, or that says what nobody understands, is given up", async () => {
  await behave(scene.lab, "h2", "silent");
  const silent = watched(["status", "production"], scene.project.directory);
  await untilHung(1);
  const garbage = meets("garbage", "run", "production", "--version", "v2");
  assert.match((await silent.ended).stdout, "h2: the connection was given up (it did not answer within 60 s)");
  const { stderr, bytes } = await garbage;
  assert.match(stderr, "h2: sshd or the login shell gave no answer within 30 s");
  assert.ok(bytes < 400 * megabyte, `${bytes / kilobyte} kB`);
});

test("a shell that is stopped in the middle of a run: SIGTERM undoes the others, and says which one is left", async () => {
  await behave(scene.lab, "h2", "fine");
  const client = watched(["run", "production", "--version", "v2", "--verbose"], scene.project.directory);
  while (!/h2 {2}health:check {2}\$/.test(client.said())) await wait(100);
  await said(scene.lab, "h2", "pkill -STOP -u deploy -x bash");
  await wait(1000);
  client.signal("SIGTERM");
  const began = performance.now();
  const { code, stdout, stderr } = await client.ended;
  assert.is(code, 3, `${stdout}${stderr}`);
  assert.ok(performance.now() - began < 30_000, `${performance.now() - began} ms`);
  assert.match(stdout, "does not answer, so what was started there was not undone");
  await isLeftAlone();
  assert.is(await served(scene.lab, "h2"), "v1 blue");
  await said(scene.lab, "h2", "pkill -KILL -u deploy -x bash; sleep 1");
  succeeded(await scene.project.run("run", "production", "--version", "v2"));
});

test.run();
