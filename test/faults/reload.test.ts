import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { served } from "../support/hosts.ts";
import { describeFailures, startLoad } from "../support/load.ts";
import type { ByHand } from "./support/by-hand.ts";
import { byHand } from "./support/by-hand.ts";
import { debugSettings } from "./support/settings.ts";
import { firstAnswer } from "./support/traffic.ts";
import { watchFile } from "./support/watch.ts";

const test = labSuite("what a host refuses");
let scene: Scene;
let host: ByHand;
test.before(async () => {
  scene = await aScene("refuses", { hosts: ["h*"], settings: debugSettings() });
  host = byHand(scene.lab, "h1");
  succeeded(await scene.project.deploy("v1"));
  succeeded(await scene.project.deploy("v2"));
});
test.after(() => scene.end());

const site = "/etc/nginx/conf.d/taken.conf";

test("a reload that nginx silently refuses is noticed and undone: exit 1, the old version serves, no request lost", async () => {
  await host.say(`systemd-run --unit=taker node -e 'require("node:net").createServer().listen(9999)'; sleep 0.5
    echo 'server { listen 9999; return 204; }' >${site}; nginx -t && systemctl reload nginx`);
  const before = await host.say(
    "cd /opt/link-shortener; cat backend.conf variant; readlink versions/current; systemctl is-enabled link-shortener@blue link-shortener@green || :",
  );
  const load = startLoad({
    requests: [{ url: `http://${scene.lab.hosts[0]?.address}/slow?ms=200` }],
    connections: 4,
    retryClosed: true,
  });
  const { stdout } = ended(await scene.project.deploy("v3"), 1);
  const counts = await load.stop();
  assert.is(describeFailures(counts), "no request failed", JSON.stringify(counts.failures));
  assert.match(stdout, "nginx kept its old configuration");
  assert.match(stdout, "v2 (green) is still live on h1.");
  assert.is(await served(scene.lab, "h1"), "v2 green");
  assert.is(
    await host.say(
      "cd /opt/link-shortener; cat backend.conf variant; readlink versions/current; systemctl is-enabled link-shortener@blue link-shortener@green || :",
    ),
    before,
  );
  assert.is(await host.say("systemctl is-active link-shortener@blue link-shortener@green || :"), "inactive\nactive\n");
});

test("when the reason is gone, the next run succeeds", async () => {
  await host.say(`rm -f ${site}; systemctl stop taker`);
  succeeded(await scene.project.deploy("v4"));
  assert.is(await served(scene.lab, "h1"), "v4 blue");
  succeeded(await scene.project.run("status", "production"));
});

test("a bad unit is undone before anything else: the live variant restarts with the old one, and boots", async () => {
  const unit = await host.say("cat /etc/systemd/system/link-shortener@.service");
  await scene.project.write({
    hosts: ["h*"],
    settings: debugSettings(`unit: { Service: { StateDirectory: "link-shortener", ExecStartPre: "/bin/false" } },`),
  });
  ended(await scene.project.deploy("v5"), 1);
  await scene.project.write({ hosts: ["h*"], settings: debugSettings() });
  assert.is(await host.say("cat /etc/systemd/system/link-shortener@.service"), unit);
  assert.is(await host.say("systemctl show -p NeedDaemonReload --value link-shortener@blue"), "no\n");
  await host.unit("restart", "blue");
  assert.is(await served(scene.lab, "h1"), "v4 blue");
  await host.powerCut();
  assert.ok(await firstAnswer(scene.lab, "h1"));
  assert.is(await host.say("systemctl is-active link-shortener@blue link-shortener@green || :"), "active\ninactive\n");
});

test("a release that writes into its own directory cannot change the files that the live one shares with it", async () => {
  // The files' owner itself, so that nothing but the unit's own rules stands in the way; in the second try through the slot's link.
  const tries = ["versions/current-%i/package.json", "versions/current-blue/package.json"].map(
    (path) => `-/bin/sh -c 'echo broken >>/opt/link-shortener/${path}'`,
  );
  const change = "-/bin/chmod 0777 /opt/link-shortener/versions/current-%i/package.json";
  const unit = `unit: { Service: { StateDirectory: "link-shortener", ExecStartPre: ${JSON.stringify([...tries, change])} } }, exec: { user: "deploy" }, appCanActAsDeployer: true, state: false,`;
  const look = (): Promise<string> =>
    host.say(
      "cd /opt/link-shortener/versions/current-blue && find . -type f -exec sha256sum {} + -exec stat -c '%a %n' {} + | sort",
    );
  const before = await look();
  await scene.project.write({ hosts: ["h*"], settings: debugSettings(unit) });
  const { stdout } = await scene.project.deploy("v6");
  assert.match(stdout, "v6 is live on h1", stdout);
  await scene.project.write({ hosts: ["h*"], settings: debugSettings() });
  // What systemd gave to the user of this one release goes back, or the next run is refused.
  await host.say("chown -R link-shortener: /var/lib/link-shortener");
  assert.is(await served(scene.lab, "h1"), "v6 green");
  assert.is(await look(), before);
  assert.is(
    await host.say(
      "cd /opt/link-shortener/versions; stat -c %i current-blue/package.json current-green/package.json | uniq | wc -l",
    ),
    "1\n",
  );
});

test("backend.conf is never away, nor half written, over a deploy, a rollback and a failed deploy", async () => {
  succeeded(await scene.project.deploy("v7"));
  const watch = watchFile(scene.lab, "h1", "/opt/link-shortener/backend.conf");
  succeeded(await scene.project.deploy("v8"));
  succeeded(await scene.project.run("rollback", "production"));
  const postHook = `tasks: [...deploy().filter(({ name }) => name !== "systemd:stop" && name !== "nginx:drain" && name !== "prune:releases"), task({ name: "always:fails", undo: "not-needed", commands: () => [shell("fail", sh\`exit 1\`)] })],`;
  await scene.project.write({ hosts: ["h*"], settings: debugSettings(postHook) });
  const { stdout } = ended(await scene.project.deploy("v9"), 1);
  await scene.project.write({ hosts: ["h*"], settings: debugSettings() });
  assert.match(stdout, "always:fails");
  const { reads, missing, contents } = await watch.stop();
  assert.is(missing, 0);
  assert.ok(reads > 1000);
  assert.equal(contents, ["server 127.0.0.1:8001;\n", "server 127.0.0.1:8002;\n"]);
  assert.match(await served(scene.lab, "h1"), "v7 ");
  succeeded(await scene.project.run("status", "production"));
});

test("switched back after a later failure, an answer of the new version that outlasts the app's patience still comes whole", async () => {
  const failing = `drain: { timeout: "60s" }, tasks: [...deploy().filter(({ name }) => name !== "systemd:stop" && name !== "nginx:drain" && name !== "prune:releases"),
    task({ name: "slowly:fails", undo: "not-needed", commands: () => [shell("fail", sh\`sleep 2; exit 1\`)] })],`;
  await scene.project.write({ hosts: ["h*"], settings: debugSettings(failing) });
  // One after another, so that some begin at the new version. The app cuts what is not done 25 s after it was told to stop.
  const downloads: Promise<string>[] = [];
  const timer = setInterval(() => downloads.push(download(32)), 500);
  const run = await scene.project.deploy("v10");
  clearInterval(timer);
  await scene.project.write({ hosts: ["h*"], settings: debugSettings() });
  ended(run, 1);
  const all = await Promise.all(downloads);
  assert.ok(all.includes("v10 end\n"), "no download began at the new version");
  assert.equal(
    all.filter((each) => !each.endsWith(" end\n")),
    [],
  );
});

/** `<version> <its last words>` of a download of that many seconds. */
async function download(seconds: number): Promise<string> {
  try {
    const answer = await fetch(`http://${scene.lab.hosts[0]?.address}/stream?seconds=${seconds}`, {
      signal: AbortSignal.timeout(100_000),
    });
    return `${answer.headers.get("x-version")} ${(await answer.text()).slice(-4)}`;
  } catch (error) {
    return String(error instanceof Error ? (error.cause ?? error) : error);
  }
}

test.run();
