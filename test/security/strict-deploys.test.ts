import { setTimeout } from "node:timers/promises";
import * as assert from "uvu/assert";
import { startClient } from "../faults/support/client.ts";
import { labSuite } from "../lab/suite.ts";
import { atBoot, environmentOf, eventually, quick, running } from "../releases/support/host.ts";
import type { Ended } from "../support/bgdeploy.ts";
import { sudoLines } from "../support/by-hand.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served, stateOf } from "../support/hosts.ts";
import { startLoad } from "../support/load.ts";

const helper = "/usr/local/lib/bgdeploy/link-shortener";
const rooted = "/etc/bgdeploy/link-shortener";
const site = "/etc/nginx/sites-available/link-shortener.conf";
/** On h1 a user deploys with sudo, on h2 root. */
const hosts = ["h1", "root-h2"];
const names = ["h1", "h2"];
const strict = (more = ""): string => `strict: true, ${quick} ${more}`;

const test = labSuite("strict: deploys");
let scene: Scene;
test.before(async () => {
  scene = await aScene("strict-deploys", { machines: 2, hosts, settings: quick });
  for (const version of ["v1", "v2"]) succeeded(await scene.project.deploy(version));
});
test.after(() => scene.end());

const eachHost = <T>(look: (host: string) => Promise<T>): Promise<readonly T[]> => Promise.all(names.map(look));
const serving = (): Promise<readonly string[]> => eachHost((host) => served(scene.lab, host));
const setUp = (): Promise<Ended> => scene.project.run("setup", "production", "--as", "root", "--yes");

/** What is done under load, without a lost request. */
async function underLoad(act: () => Promise<Ended>): Promise<Ended> {
  const urls = scene.lab.hosts.flatMap(({ address }) => [`http://${address}/`, `http://${address}/slow?ms=300`]);
  const load = startLoad({ requests: urls.map((url) => ({ url })), connections: 8, retryClosed: true });
  // Where the machine has nothing else to do, setup is over in a second.
  const [run] = await Promise.all([act(), setTimeout(2500)]);
  const { failures, sent } = await load.stop();
  succeeded(run);
  assert.equal(failures, []);
  assert.ok(sent > 20);
  return run;
}

test("a run of a strict config is refused where the host is not, before anything changes", async () => {
  await scene.project.write({ hosts, settings: strict() });
  const { stderr } = ended(await scene.project.deploy("v3"), 2);
  assert.is(
    stderr,
    `bgdeploy: h1, root-h2: it is not set up for \`strict: true\`: ${helper} does not exist. Prepare the host once: bgdeploy setup production --as root\n`,
  );
  assert.equal(await serving(), ["v2 green", "v2 green"]);
});

test("setup makes hosts that serve strict without a lost request, and a second one finds nothing missing", async () => {
  const { stdout } = await underLoad(setUp);
  assert.match(stdout, `sed -i -E`);
  assert.match(await said(scene.lab, "h1", `grep include ${site}`), `include ${rooted}/backend.conf;`);
  assert.equal(
    await eachHost((host) =>
      said(
        scene.lab,
        host,
        `stat -c '%a %U:%G %n' ${helper} ${rooted} ${rooted}/backend.conf ${rooted}/environment-*; cat ${rooted}/backend.conf`,
      ),
    ),
    names.map(
      () =>
        `755 root:root ${helper}\n755 root:root ${rooted}\n644 root:root ${rooted}/backend.conf\n600 root:root ${rooted}/environment-blue\n600 root:root ${rooted}/environment-green\nserver 127.0.0.1:8002;\n`,
    ),
  );
  assert.equal((await said(scene.lab, "h1", "sudo -l -U deploy")).match(/NOPASSWD.*/g), [`NOPASSWD: ${helper}`]);
  assert.is((await setUp()).stdout, "h1, root-h2: nothing is missing\n");
});

test("the live variant comes back by itself from root's copy of its environment", async () => {
  await said(scene.lab, "h1", "systemctl kill -s KILL link-shortener@green; sleep 2");
  assert.is(await eventually(() => served(scene.lab, "h1"), "v2 green"), "v2 green");
});

test("deploy, rollback and restart lose no request, and sudo runs nothing but the helper", async () => {
  await underLoad(() => scene.project.deploy("v3"));
  assert.equal(await serving(), ["v3 blue", "v3 blue"]);
  await underLoad(() => scene.project.run("rollback", "production"));
  assert.equal(await serving(), ["v2 green", "v2 green"]);
  await underLoad(() => scene.project.run("restart", "production", "-e", "FLAVOUR=new"));
  assert.equal(await serving(), ["v2 blue", "v2 blue"]);
  assert.is((await environmentOf(scene.lab, "h1", "blue"))["FLAVOUR"], "new");
  const lines = (await sudoLines(scene.lab, "h1")).filter(
    (line) => line.startsWith(helper) && line !== `${helper} check`,
  );
  assert.equal(
    lines.slice(0, 5),
    ["launch blue", "enable blue", "route 8001", "reload", "retire green"].map((words) => `${helper} ${words}`),
  );
  assert.equal(await eachHost((host) => running(scene.lab, host)), ["active inactive", "active inactive"]);
  assert.equal(await eachHost((host) => atBoot(scene.lab, host)), ["enabled disabled", "enabled disabled"]);
});

test("an unhealthy deploy is undone, and what is live is as it was", async () => {
  const state = async (): Promise<unknown> => [
    await eachHost((host) => stateOf(scene.lab, host)),
    await eachHost((host) => said(scene.lab, host, `sha256sum ${rooted}/backend.conf ${rooted}/environment-blue`)),
  ];
  const before = await state();
  await scene.project.write({ hosts, settings: strict(`health: { http: "/none", timeout: "1s" },`) });
  const { stdout } = ended(await scene.project.deploy("v4"), 1);
  assert.match(stdout, "Failed and undone.");
  assert.equal(await state(), before);
  await scene.project.write({ hosts, settings: strict() });
});

for (const point of ["systemd:start", "nginx:switch"]) {
  test(`killed in ${point}, the old or the new version serves, and the next run succeeds`, async () => {
    await scene.project.build("v5");
    const client = startClient(["run", "production", "--version", "v5"], scene.project.directory);
    assert.ok(await client.reaches(({ task, host }) => task === point && host === "h1"));
    client.kill();
    await client.ended;
    for (const each of await serving()) assert.match(each, /^v[2-6] (blue|green)$/);
    await underLoad(() => scene.project.deploy("v6"));
    assert.equal(new Set((await serving()).map((each) => each.slice(0, 2))), new Set(["v6"]));
  });
}

test("after a power cut the live variant serves", async () => {
  const before = await served(scene.lab, "h1");
  await scene.lab.kill("h1");
  await scene.lab.boot("h1");
  assert.is(await eventually(() => served(scene.lab, "h1"), before), before);
  succeeded(await scene.project.run("doctor", "production"));
});

test("a run that would change the unit is refused before anything changes, until setup has written it", async () => {
  const changed = strict(`unit: { Service: { StateDirectory: "link-shortener", Environment: "UNIT=new" } },`);
  await scene.project.write({ hosts, settings: changed });
  const before = await serving();
  const { stderr } = ended(await scene.project.deploy("v7"), 2);
  assert.match(
    stderr,
    "/etc/systemd/system/link-shortener@.service is not what the config makes, and with `strict` only setup can write it. Install it: bgdeploy setup production --as root",
  );
  assert.equal(await serving(), before);
  await underLoad(setUp);
  await underLoad(() => scene.project.deploy("v7"));
});

test("a run of a config that is not strict is refused on a strict host", async () => {
  await scene.project.write({ hosts, settings: quick });
  const { stderr } = ended(await scene.project.deploy("v8"), 2);
  assert.match(
    stderr,
    `h1, root-h2: the host is set up for \`strict: true\` (${helper} exists), but the config does not have it.`,
  );
});

test("--strict says that it is a key of the config", async () => {
  for (const command of ["setup", "sudoers"])
    assert.match(
      ended(await scene.project.run(command, "production", "--strict"), 2).stderr,
      "Write `strict: true` in deploy.config.ts",
    );
});

test.run();
