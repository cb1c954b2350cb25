import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import type { Project } from "../support/project.ts";
import { aProject } from "../support/project.ts";
import { served } from "../support/hosts.ts";
import { atBoot, eventually, running } from "./support/host.ts";

// On h1 the traffic is moved by a reload, on h2 instantly.
const settings = {
  h1: "",
  h2: `tasks: [upload(), systemd.install(), systemd.start(), health(), nginx.switch({ mode: "instant" }), systemd.stop(), prune()],`,
} as const;
type Host = keyof typeof settings;
const hosts: readonly Host[] = ["h1", "h2"];

const test = labSuite("reboots");
let scene: Scene;
const projects = new Map<Host, Project>();
test.before(async () => {
  scene = await aScene("reboot", { machines: 2, setUp: false, hosts: ["h1"] });
  for (const host of hosts)
    projects.set(host, await aProject({ lab: scene.lab, hosts: [host], settings: settings[host] }));
  await eachHost((project) => project.run("setup", "production", "--as", "root", "--yes").then(succeeded));
});
test.after(async () => {
  await Promise.all([...projects.values()].map((project) => project.remove()));
  await scene.end();
});

async function eachHost<T>(act: (project: Project, host: Host) => Promise<T>): Promise<readonly T[]> {
  return Promise.all([...projects].map(([host, project]) => act(project, host)));
}

const powerCut = (host: Host): Promise<void> => scene.lab.kill(host);

/** A shutdown in order, as `reboot` makes it. */
async function powerOff(host: Host): Promise<void> {
  await scene.lab.exec(host, "systemctl poweroff");
  const end = performance.now() + 60_000;
  while (scene.lab.isOn(host) && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.not(scene.lab.isOn(host), `${host} is off`);
}

/** What serves, what runs and what starts at boot: the same on both hosts, before and after. */
async function rebooted(how: (host: Host) => Promise<void>, expected: readonly string[]): Promise<void> {
  const now = (host: Host) => async (): Promise<string> =>
    [await served(scene.lab, host), await running(scene.lab, host), await atBoot(scene.lab, host)].join(", ");
  assert.equal(await eachHost((_, host) => now(host)()), [expected.join(", "), expected.join(", ")]);
  await eachHost(async (_, host) => {
    await how(host);
    await scene.lab.boot(host);
  });
  assert.equal(await eachHost((_, host) => eventually(now(host), expected.join(", "))), [
    expected.join(", "),
    expected.join(", "),
  ]);
  await eachHost((project) => project.run("status", "production").then(succeeded));
}

const both = { "a power cut": powerCut, "a shutdown in order": powerOff } as const;
const blue = ["active inactive", "enabled disabled"];
const green = ["inactive active", "disabled enabled"];

test("after the first deploy and a power cut exactly the live variant runs and serves", async () => {
  await eachHost((project) => project.deploy("v1").then(succeeded));
  await rebooted(powerCut, ["v1 blue", ...blue]);
});

for (const [name, how] of Object.entries(both)) {
  test(`after a deploy and ${name}: the same`, async () => {
    await eachHost((project) => project.deploy("v2").then(succeeded));
    await rebooted(how, ["v2 green", ...green]);
  });

  test(`after a failed deploy and ${name}: the same`, async () => {
    const failing = `health: { http: "/none", timeout: "1s" },`;
    await eachHost((project, host) => project.write({ hosts: [host], settings: `${settings[host]} ${failing}` }));
    await eachHost((project) => project.deploy("v3").then((run) => ended(run, 1)));
    await eachHost((project, host) => project.write({ hosts: [host], settings: settings[host] }));
    await rebooted(how, ["v2 green", ...green]);
  });

  test(`after a rollback and ${name}: the same`, async () => {
    await eachHost((project) => project.run("rollback", "production", "--to", "v1").then(succeeded));
    await rebooted(how, ["v1 blue", ...blue]);
  });
}

test.run();
