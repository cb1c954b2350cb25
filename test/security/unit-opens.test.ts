import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";

const test = labSuite("apps in the sandbox");
/** The one is deployed by a user with sudo rules, the other by root. */
const hosts = ["private-h1", "root-h2"];
const machines = ["h1", "h2"];
let scene: Scene;
test.before(async () => {
  scene = await aScene("unit-opens", { machines: 2, hosts });
  for (const host of machines) await said(scene.lab, host, "install -d -m 0777 /srv/open");
});
test.after(() => scene.end());

const writes = "date >/srv/open/log || exit 1";

const both = <T>(value: T): readonly T[] => machines.map(() => value);
const everywhere = (command: string): Promise<readonly string[]> =>
  Promise.all(machines.map(async (host) => (await said(scene.lab, host, command)).trim()));
const unitFiles = (): Promise<readonly string[]> => everywhere("cat /etc/systemd/system/link-shortener@.service");
/** Has the example app started by a script of ours, with these settings. */
async function startBy(script: string, settings: string): Promise<void> {
  await scene.project.write({ hosts, settings: `exec: { name: "start" }, ${settings}` });
  const text = `#!/bin/bash\n${script}\nexec "\${0%/*}/link-shortener" "$@"\n`;
  await writeFile(join(scene.project.directory, "dist/bin/start"), text, { mode: 0o755 });
}

test("an app that writes where it likes runs without the sandbox", async () => {
  await startBy(writes, "sandbox: false,");
  succeeded(await scene.project.run("run", "production", "--version", "v1"));
  assert.equal(await Promise.all(machines.map((host) => served(scene.lab, host))), both("v0 blue"));
  const { stdout } = await scene.project.run("doctor", "production");
  assert.match(stdout, /warning +the exposure of link-shortener@blue\.service is 9\.\d of 10/);
});

test("where the new unit shuts it out it is undone: the old unit is back, and the live variant can start again", async () => {
  const before = await unitFiles();
  await startBy(writes, "");
  const { stdout } = ended(await scene.project.run("run", "production", "--version", "v2"), 1);
  assert.match(stdout, "/srv/open/log: Read-only file system");
  assert.match(
    stdout,
    'unit: { Service: { ReadWritePaths: "/path" } } allows a path; sandbox: false turns the whole sandbox off',
  );
  assert.equal(await unitFiles(), before);
  await everywhere("systemctl restart link-shortener@blue.service; sleep 1");
  assert.equal(await Promise.all(machines.map((host) => served(scene.lab, host))), both("v0 blue"));
});

test("the path that it needs can be opened", async () => {
  await startBy(writes, `unit: { Service: { ReadWritePaths: "/srv/open" } },`);
  succeeded(await scene.project.run("run", "production", "--version", "v3"));
  assert.equal(await Promise.all(machines.map((host) => served(scene.lab, host))), both("v0 green"));
});

test("the example app serves, WebSockets too, and keeps its links in its state directory", async () => {
  await scene.project.write({
    hosts,
    settings: `env: { LINK_SHORTENER_DEBUG: "true" },`,
  });
  succeeded(await scene.project.deploy("v4"));
  assert.equal(await Promise.all(machines.map((host) => served(scene.lab, host))), both("v4 blue"));
  assert.equal(await Promise.all(machines.map((host) => echoed(host))), both("hello"));
  const add = "curl -sf -d url=https://example.com -H 'Accept: application/json' http://127.0.0.1/links >/dev/null";
  assert.equal(
    await everywhere(`${add}; stat -c '%a %U' /var/lib/link-shortener /var/lib/link-shortener/links.ndjson`),
    both("700 link-shortener\n600 link-shortener"),
  );
});

test("an app that tells systemd when it is ready may, and what shuts it out is named", async () => {
  const notify = `unit: { Service: { Type: "notify", NotifyAccess: "all", TimeoutStartSec: "10" } },`;
  await startBy(writes, notify);
  const { stdout } = ended(await scene.project.run("run", "production", "--version", "v5"), 1);
  assert.match(stdout, "The sandbox forbids the service to write there (ProtectSystem=strict)");
  await startBy("systemd-notify --ready", notify);
  succeeded(await scene.project.run("run", "production", "--version", "v6"));
  assert.equal(await Promise.all(machines.map((host) => served(scene.lab, host))), both("v4 green"));
});

test("below /home, on a port under 1024, writing into its own release: it does all that, and sees nothing else there", async () => {
  const look = `(
cd "\${0%/*}"; ls -A /home /home/homely; touch mine && ls mine
for bg_file in ../../../environment-x ../../x; do touch $bg_file 2>&1 | grep -o 'Read-only.*'; done
) >"$STATE_DIRECTORY/seen" 2>&1`;
  const open = "await $`chmod 0777 ${target.layout.release(target.release.id)}/bin`;";
  await startBy(
    look,
    `app: "homely", destination: "/home/homely/app", domain: "homely.example", ports: { blue: 90, green: 91 },
      writable: true, appCanActAsDeployer: true, env: { LINK_SHORTENER_DATA: "/var/lib/homely/links.ndjson" },
      pre: hook("open", async ({ $, target }) => { ${open} }),`,
  );
  await everywhere("install -d -m 0711 /home/homely; touch /home/secret; chmod 0777 /home");
  succeeded(await scene.project.run("setup", "production", "--as", "root", "--yes"));
  succeeded(await scene.project.run("run", "production", "--version", "v1"));
  const readOnly = "Read-only file system";
  assert.equal(
    await everywhere("cat /var/lib/homely/seen"),
    both(["/home:", "homely", "", "/home/homely:", "app", "mine", readOnly, readOnly].join("\n")),
  );
  assert.equal(await everywhere("curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:90/healthz"), both("200"));
});

test.run();

/** What the site of a host sends back over a WebSocket. */
function echoed(machine: string): Promise<string> {
  const address = scene.lab.hosts.find(({ name }) => name === machine)?.address;
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${address}/ws`);
    socket.addEventListener("open", () => socket.send("hello"));
    socket.addEventListener("message", ({ data }) => {
      resolve(String(data));
      socket.close();
    });
    socket.addEventListener("error", () => reject(new Error(`${machine}: no WebSocket`)));
  });
}
