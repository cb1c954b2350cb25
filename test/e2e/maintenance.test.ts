import { readdir } from "node:fs/promises";
import * as assert from "uvu/assert";
import { makeLayout } from "../../lib/model/layout.ts";
import { maintenanceText } from "../../recipes/index.ts";
import { labSuite } from "../lab/suite.ts";
import { eventually } from "../releases/support/host.ts";
import type { Ended } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import type { LoadCounts } from "../support/load.ts";
import { startLoad } from "../support/load.ts";

const hosts = ["h*"];
const quick = `drain: { timeout: "20s" }, env: { ...example.env, LINK_SHORTENER_DEBUG: "true" },`;
const instant = `${quick} tasks: [...upload(), ...systemd.install(), ...systemd.start(), health(), ...nginx.switch({ mode: "instant" }), ...systemd.stop(), prune()],`;
const lines = maintenanceText(makeLayout("link-shortener", "/opt/link-shortener"));
const site = "/etc/nginx/sites-available/link-shortener.conf";

const test = labSuite("maintenance");
let scene: Scene;
test.before(async () => {
  scene = await aScene("maintenance", { machines: 2, hosts, settings: quick });
  const other = `server { listen 80; server_name other.example; location / { return 200 "the other site\\n"; } }`;
  for (const host of ["h1", "h2"]) {
    await scene.lab.exec(host, "cat >/etc/nginx/conf.d/other.conf && nginx -t && systemctl reload nginx", other);
  }
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

const maintenance = (word: string, ...flags: readonly string[]): Promise<Ended> =>
  scene.project.run("maintenance", "production", word, ...flags);
const pageOn = async (host: string): Promise<string> =>
  said(scene.lab, host, "cat /opt/link-shortener/maintenance.html 2>/dev/null || echo none");
const address = (host: string): string => scene.lab.hosts.find(({ name }) => name === host)?.address ?? "";
const statusOf = async (host: string): Promise<number> => {
  const answer = await fetch(`http://${address(host)}/`).catch(() => undefined);
  await answer?.text();
  return answer?.status ?? 0;
};
const otherSite = (host: string): Promise<string> =>
  said(scene.lab, host, "curl -s -H 'Host: other.example' 127.0.0.1/x");

/** Pages, static files and uploads, from many clients at once, each to be answered with this status. */
async function meanwhile(expect: number, act: () => Promise<unknown>): Promise<LoadCounts> {
  const names = await readdir(`${scene.project.directory}/dist/static`);
  const at = `http://${address("h1")}`;
  const load = startLoad({
    connections: 4,
    pause: 20,
    fresh: true,
    requests: [
      { url: `${at}/`, expect },
      { url: `${at}/static/${names[0]}`, expect },
      { url: `${at}/echo`, method: "POST", body: "x".repeat(2_000_000), expect },
      { url: `${at}/healthz`, method: "HEAD", expect },
    ],
  });
  await act();
  await eventually(async () => `${load.counts().sent > 60}`, "true");
  return load.stop();
}

async function answersOnly(status: number, act: () => Promise<unknown> = async () => {}): Promise<void> {
  const { failures, sent } = await meanwhile(status, act);
  assert.equal(
    failures.map(({ kind, url, detail }) => `${kind} ${url}: ${detail}`),
    [],
  );
  assert.ok(sent > 60);
}

test("from the moment it returns, every answer is the page: static files, uploads; the other site is as it was", async () => {
  await answersOnly(200);
  const { stdout } = succeeded(await maintenance("on", "--message", `<b>back</b> at "15:00"`));
  await answersOnly(503);
  assert.is(
    stdout,
    "Maintenance mode is now on for h1, h2: visitors see the 503 page. To turn it off: bgdeploy maintenance production off\n",
  );
  const answer = await fetch(`http://${address("h2")}/any/where?x=1`);
  assert.equal(
    ["retry-after", "cache-control", "content-type"].map((name) => answer.headers.get(name)),
    ["300", "no-store", "text/html; charset=utf-8"],
  );
  const page = await answer.text();
  assert.match(page, "<p>&lt;b&gt;back&lt;/b&gt; at &quot;15:00&quot;</p>");
  assert.is(page, await pageOn("h2"));
  assert.is(await said(scene.lab, "h1", "stat -c '%a %U' /opt/link-shortener/maintenance.html"), "644 deploy\n");
  for (const host of scene.hosts) assert.is(await otherSite(host), "the other site\n");
});

test("on again changes the message; status says who closed the site and why, exit 0", async () => {
  succeeded(await maintenance("on", "-m", "a new message"));
  assert.match(await pageOn("h1"), "<p>a new message</p>");
  const { stdout } = succeeded(await scene.project.run("status", "production"));
  assert.match(
    stdout,
    /\nh1: maintenance mode is on: visitors see the 503 page \(.+ on .+ since .+ UTC: a new message\)\n/,
  );
});

test("it survives a deploy, a rollback and a power cut; a run says it at its end", async () => {
  await answersOnly(503, async () => {
    const { stdout } = succeeded(await scene.project.deploy("v2"));
    assert.match(
      stdout,
      /h1 +warning: maintenance mode is on: visitors see the 503 page. To turn it off: bgdeploy maintenance production off\n(.*\n)*\n[^]*Done in /,
    );
    succeeded(await scene.project.run("rollback", "production"));
  });
  await scene.lab.kill("h1");
  await scene.lab.boot("h1");
  assert.is(await eventually(async () => `${await statusOf("h1")}`, "503"), "503");
});

test("off: every answer is the app's again", async () => {
  const { stdout } = succeeded(await maintenance("off"));
  assert.is(stdout, "Maintenance mode is now off on h1, h2.\n");
  await answersOnly(200);
  assert.is(await served(scene.lab, "h1"), "v1 blue");
  assert.is(succeeded(await maintenance("off")).stdout, "Maintenance mode was already off on h1, h2.\n");
  assert.is((await scene.project.run("status", "production")).stdout.includes("maintenance"), false);
});

test("where one host fails, it is taken back on the other; exit 1", async () => {
  // A directory where the page is to be made.
  await said(scene.lab, "h2", "mkdir /opt/link-shortener/maintenance.html.bgdeploy-new");
  const run = ended(await maintenance("on"), 1);
  assert.match(run.stderr, /h2: .*maintenance.html.*\nbgdeploy: Failed: all hosts are as they were\n$/);
  assert.equal([await statusOf("h1"), await statusOf("h2"), await pageOn("h1")], [200, 200, "none\n"]);
  succeeded(await maintenance("on", "-m", "first", "--only", "h1"));
  ended(await maintenance("on", "-m", "second"), 1);
  assert.match(await pageOn("h1"), "<p>first</p>");
  await said(scene.lab, "h2", "rmdir /opt/link-shortener/maintenance.html.bgdeploy-new");
  succeeded(await maintenance("off"));
});

test("while a run holds the lock it works all the same, and says so", async () => {
  await said(scene.lab, "h1", "systemd-run -q --unit=holder flock /opt/link-shortener/.bgdeploy sleep infinity");
  const { stdout } = succeeded(await maintenance("on", "--only", "h1"));
  assert.match(
    stdout,
    "To turn it off: bgdeploy maintenance production off --only h1\nh1: a run is in progress there: another run\n",
  );
  assert.equal([await statusOf("h1"), await statusOf("h2")], [503, 200]);
  succeeded(await maintenance("off"));
  await said(scene.lab, "h1", "systemctl stop holder");
});

test("a site without the lines: deploys as before; on is refused with them on all hosts, and setup shows them", async () => {
  const text = await said(scene.lab, "h1", `cat ${site}`);
  const old = text.replace(`${lines}\n`, "");
  assert.is.not(old, text);
  await scene.lab.exec("h1", `cat >${site} && nginx -t && systemctl reload nginx`, old);
  await answersOnly(200, async () => succeeded(await scene.project.deploy("v3")));
  const { stderr } = ended(await maintenance("on"), 2);
  assert.match(stderr, "bgdeploy: h1: its nginx site does not check for /opt/link-shortener/maintenance.html.");
  assert.match(stderr, `once to the \`server\` block of ${site}`);
  assert.ok(stderr.includes(lines));
  assert.equal([await statusOf("h1"), await pageOn("h1"), await pageOn("h2")], [200, "none\n", "none\n"]);
  const { stdout } = succeeded(await scene.project.run("setup", "production", "--as", "root", "--dry-run"));
  assert.match(stdout, "+    if (-f /opt/link-shortener/maintenance.html) {");
});

test("the lines written, but not loaded yet: refused; then loaded: on", async () => {
  const worker = 'pgrep -n -P "$(systemctl show -p MainPID --value nginx.service)"';
  await said(scene.lab, "h1", `until [ "$(ps -o etimes= -p "$(${worker})")" -ge 3 ]; do sleep 0.2; done`);
  const old = await said(scene.lab, "h1", `cat ${site}`);
  await scene.lab.exec("h1", `cat >${site}`, old.replace(/server_name _;\n/, `$&\n${lines}`));
  assert.match(ended(await maintenance("on"), 2).stderr, "Reload it: sudo nginx -t && sudo systemctl reload nginx");
  await said(scene.lab, "h1", "nginx -t && systemctl reload nginx");
  succeeded(await maintenance("on"));
  await answersOnly(503);
  succeeded(await maintenance("off"));
});

test("with the instant switch: the same, with caches of open files on for all sites", async () => {
  await scene.project.write({ hosts, settings: instant });
  const { stdout } = succeeded(await scene.project.run("vhost", "production"));
  const cache = "open_file_cache max=1000 inactive=60s; open_file_cache_valid 60s; open_file_cache_errors on;";
  const live = "[ $(cat /opt/link-shortener/variant) = green ] && sudo -u deploy touch /opt/link-shortener/live-green";
  for (const host of scene.hosts) {
    await said(scene.lab, host, `echo '${cache}' >/etc/nginx/conf.d/cache.conf; ${live} || :`);
    await scene.lab.exec(host, `cat >${site} && nginx -t && systemctl reload nginx`, stdout);
  }
  await answersOnly(200);
  succeeded(await maintenance("on"));
  await answersOnly(503, async () => succeeded(await scene.project.deploy("v4")));
  succeeded(await maintenance("off"));
  await answersOnly(200);
  assert.match(await served(scene.lab, "h1"), "v4");
});

test.run();
