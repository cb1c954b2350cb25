import * as assert from "uvu/assert";
import { startClient } from "../faults/support/client.ts";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import { atBoot, eventually, recorded, running } from "./support/host.ts";

const settings = `
  keepPrevious: "warm", drain: { timeout: "30s" },
  env: { ...example.env, LINK_SHORTENER_DEBUG: "true" },`;

const test = labSuite("keepPrevious: warm");
let scene: Scene;
test.before(async () => {
  scene = await aScene("warm", { hosts: ["h*"], settings });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

const pid = (variant: "blue" | "green"): Promise<string> =>
  said(scene.lab, "h1", `systemctl show -p MainPID --value link-shortener@${variant}`);
const now = async (): Promise<readonly string[]> => [
  await served(scene.lab, "h1"),
  await running(scene.lab, "h1"),
  await atBoot(scene.lab, "h1"),
];
const site = (): string => `http://${scene.lab.hosts[0]?.address}`;

test("after a deploy the old variant still runs, and does not start with the host", async () => {
  const before = await pid("blue");
  succeeded(await scene.project.deploy("v2"));
  assert.equal(await now(), ["v2 green", "active active", "disabled enabled"]);
  assert.is(await pid("blue"), before);
  succeeded(await scene.project.run("status", "production"));
});

test("a rollback is only the switch: nothing is stopped or started", async () => {
  const before = [await pid("blue"), await pid("green")];
  const { stdout } = succeeded(await scene.project.run("rollback", "production", "--verbose"));
  assert.equal(stdout.match(/\$ sudo systemctl (.* )?(start|stop|restart|--now) .*/g), null);
  assert.match(stdout, "$ sudo systemctl reload nginx");
  assert.equal(await now(), ["v1 blue", "active active", "enabled disabled"]);
  assert.equal([await pid("blue"), await pid("green")], before);
  assert.equal(await recorded(scene.lab, "h1"), ["v1 live", "v2 rolled-back"]);
  const took = /h1 {2}v2 \(green\) → v1 \(blue\) +([\d.]+ s)/.exec(stdout)?.[1];
  process.stdout.write(`\n    a rollback to a warm variant took ${took} on the host\n    `);
});

test("the next deploy goes into the warm slot: it is drained, then started anew", async () => {
  const before = await pid("green");
  // nginx still has an answer from the variant that was left: it comes whole.
  succeeded(await scene.project.deploy("v3"));
  assert.equal(await now(), ["v3 green", "active active", "disabled enabled"]);
  assert.is.not(await pid("green"), before);
  const stream = fetch(`${site()}/stream?seconds=6`).then((answer) => answer.text());
  await eventually(async () => `${(await connectionsTo(8002)) > 0}`, "true");
  const client = startClient(["rollback", "production"], scene.project.directory);
  assert.ok(await client.reaches(({ task }) => task === "nginx:drain"));
  assert.is((await client.ended).code, 0);
  succeeded(await scene.project.deploy("v4"));
  assert.match(await stream, /^chunk 1\n(chunk \d+\n)+end\n$/);
  assert.equal(await now(), ["v4 green", "active active", "disabled enabled"]);
});

test("after a reboot only the live one runs, and serves", async () => {
  await scene.lab.kill("h1");
  await scene.lab.boot("h1");
  assert.is(await eventually(() => served(scene.lab, "h1"), "v4 green"), "v4 green");
  assert.is(await running(scene.lab, "h1"), "inactive active");
  succeeded(await scene.project.run("status", "production"));
});

test("a rollback then starts the old one first", async () => {
  const { stdout } = succeeded(await scene.project.run("rollback", "production", "--verbose"));
  assert.match(stdout, "$ sudo systemctl restart link-shortener@blue.service");
  assert.equal(await now(), ["v1 blue", "active active", "enabled disabled"]);
});

for (const task of ["nginx:switch", "release:record", "systemd:stop"]) {
  test(`killed at ${task}, the next run recovers, and keeps the old one warm again`, async () => {
    await scene.project.build("v5");
    const client = startClient(["run", "production", "--version", "v5"], scene.project.directory);
    assert.ok(await client.reaches((each) => each.task === task));
    client.kill();
    await client.ended;
    assert.match(await served(scene.lab, "h1"), /^v\d (blue|green)$/);
    succeeded(await scene.project.deploy("v6", "--lock-wait", "60s"));
    const [serves, units] = await now();
    assert.equal([serves?.split(" ")[0], units], ["v6", "active active"]);
    succeeded(await scene.project.run("status", "production"));
  });
}

test("without the setting the next deploy stops the old one again", async () => {
  await scene.project.write({ hosts: ["h*"] });
  succeeded(await scene.project.deploy("v7"));
  const [serves, units] = await now();
  assert.is(serves?.split(" ")[0], "v7");
  assert.ok(units === "active inactive" || units === "inactive active", units);
  succeeded(await scene.project.run("status", "production"));
});

/** Established connections to a port of the host, as its kernel counts them. */
async function connectionsTo(port: number): Promise<number> {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return Number(await said(scene.lab, "h1", `cat /proc/net/tcp | grep -c ':${hex} [0-9A-F:]* 01 ' || :`));
}

test.run();
