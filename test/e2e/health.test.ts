import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served, stateOf } from "../support/hosts.ts";

const test = labSuite("health");
let scene: Scene;
test.before(async () => {
  scene = await aScene("health", { settings: `health: { command: true, timeout: "20s" },` });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

const files = (): Promise<string> =>
  said(
    scene.lab,
    "h1",
    "cd /opt/link-shortener; sha256sum backend.conf variant environment-blue /etc/systemd/system/link-shortener@.service; ls environment-green 2>&1 || :",
  );

test("S4: an app whose `-c PORT` does not exit 0 aborts the deploy, and the old version is untouched", async () => {
  await scene.project.write({
    settings: `health: { command: true, timeout: "2s" }, env: { LINK_SHORTENER_UNHEALTHY: "true" }, unit: {},`,
  });
  const before = [await stateOf(scene.lab, "h1"), await files()];
  const { stdout } = ended(await scene.project.deploy("v2"), 1);
  assert.equal([await stateOf(scene.lab, "h1"), await files()], before);
  assert.match(stdout, "current-green/bin/link-shortener -c 8002 ended with status 1");
  assert.match(stdout, "v1 (blue) is still live on private-h1.");
});

test("S4: the failed release is kept off the links, and its leftovers do not hinder the next deploy", async () => {
  await scene.project.write({ settings: `health: { command: true },` });
  succeeded(await scene.project.deploy("v3"));
  assert.is(await served(scene.lab, "h1"), "v3 green");
});

test("S4: an answer of HTTP with another status than the expected aborts it, too", async () => {
  await scene.project.write({ settings: `health: { http: "/healthz", expect: 204, timeout: "1s" },` });
  const before = await stateOf(scene.lab, "h1");
  const { stdout } = ended(await scene.project.deploy("v4"), 1);
  assert.equal(await stateOf(scene.lab, "h1"), before);
  assert.match(stdout, "http://127.0.0.1:8001/healthz answered 200, not 204");
});

test("S4: HTTP is asked again and again until a slow starter answers", async () => {
  const env = `env: { LINK_SHORTENER_START_DELAY_MS: "1500" },`;
  await scene.project.write({ settings: `health: { command: true, http: "/healthz", timeout: "60s" }, ${env}` });
  succeeded(await scene.project.deploy("v5"));
  assert.is(await served(scene.lab, "h1"), "v5 blue");
});

test("an app that dies while it starts fails at once, with its last words", async () => {
  await scene.project.write({
    settings: `health: { timeout: "110s" }, env: { LINK_SHORTENER_START_DELAY_MS: "soon" },`,
  });
  const before = await stateOf(scene.lab, "h1");
  const { stdout } = ended(await scene.project.deploy("v6", "--verbose"), 1);
  // Stopped in the very moment of its end, it is failed; stopped while it waits for its next start, inactive.
  const after = JSON.stringify(await stateOf(scene.lab, "h1")).replace("failed, disabled", "inactive, disabled");
  assert.equal(JSON.parse(after), before);
  assert.match(stdout, 'health:check  | LINK_SHORTENER_START_DELAY_MS must be a number of milliseconds, not "soon".');
  // The summary has room for the first and the last line: why, and the app's last words, not systemd's.
  assert.match(
    stdout,
    /: the new version crashed on startup: it exited with status 2\n( {4}.*\n)* {4} +link-shortener --version\n {4}To inspect: /,
  );
});

/** As many frameworks do behind a proxy: only its own names, and https alone. */
const strictApp = `#!/usr/local/bin/node
import { createServer } from "node:http";
createServer((request, response) => {
  const { host, "x-forwarded-proto": proto, authorization } = request.headers;
  const status = host !== "shop.example" ? 421 : proto !== "https" ? 301 : authorization !== "Bearer it's-s3cret" ? 401 : 200;
  response.writeHead(status, status === 301 ? { Location: "https://shop.example" + request.url } : {}).end();
}).listen(process.env.PORT, process.env.HOST);
`;

async function strictly(health: string, code: number): Promise<string> {
  await scene.project.write({ settings: `health: { http: "/up", timeout: "1s", settle: "0s"${health} },` });
  await scene.project.build("v7");
  await writeFile(join(scene.project.directory, "dist/bin/link-shortener"), strictApp, { mode: 0o755 });
  const { stdout, stderr } = ended(await scene.project.run("run", "production", "--version", "v7", "--verbose"), code);
  return `${stdout}${stderr}`;
}

test("an app with names of its own that redirects http is healthy by the headers that nginx would send", async () => {
  const names = 'health: { host: "shop.example" }';
  assert.match(await strictly("", 1), `/up answered 421, not 200: perhaps it does not accept the name localhost`);
  assert.match(await strictly("", 1), names);
  assert.match(
    await strictly(`, host: "shop.example"`, 1),
    '/up answered 301, not 200: it redirects, perhaps to https. Say that the visitor came by https: health: { headers: { "X-Forwarded-Proto": "https" } }',
  );
  const proto = `"X-Forwarded-Proto": "https"`;
  assert.match(await strictly(`, host: "shop.example", headers: { ${proto} }`, 1), "/up answered 401, not 200");
  const secret = `Authorization: "Bearer it's-s3cret"`;
  const text = await strictly(`, host: "shop.example", headers: { ${proto}, ${secret} }`, 0);
  assert.not.match(text, "s3cret");
  const { stdout } = succeeded(await scene.project.run("plan", "production", "--version", "v8", "--commands"));
  assert.match(stdout, "Authorization: [secret]");
  assert.not.match(stdout, "s3cret");
});

test.run();
