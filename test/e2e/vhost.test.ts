import { readFile, readdir } from "node:fs/promises";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import type { Answer } from "../support/ask.ts";
import { ask } from "../support/ask.ts";
import { said } from "../support/hosts.ts";

const test = labSuite("vhost");
let scene: Scene;
let address: string;
test.before(async () => {
  scene = await aScene("vhost", { settings: `domain: "link-shortener.example",` });
  address = scene.lab.hosts[0]?.address ?? "";
  // What setup installed goes: the printed site is tried by itself.
  await said(scene.lab, "h1", "rm /etc/nginx/sites-enabled/* /etc/nginx/sites-available/*");
  const { stdout } = succeeded(await scene.project.run("vhost", "production"));
  await scene.lab.exec("h1", "cat >/etc/nginx/conf.d/printed.conf && nginx -t && systemctl reload nginx", stdout);
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

const visit = (path: string): Promise<Answer> => ask(address, path, { host: "link-shortener.example" });

async function served(): Promise<string> {
  const [, version, variant] = /"version":"([^"]*)","variant":"([^"]*)"/.exec((await visit("/healthz")).body) ?? [];
  return `${version} ${variant}`;
}

async function asset(): Promise<string> {
  const names = await readdir(`${scene.project.directory}/dist/static`);
  return names.find((name) => name.endsWith(".css")) ?? "";
}

test("S14: the printed site proxies to the live variant, and follows the switch", async () => {
  assert.is(await served(), "v1 blue");
  succeeded(await scene.project.deploy("v2"));
  assert.is(await served(), "v2 green");
  const { headers } = await visit("/");
  const sent = ["referrer-policy", "x-content-type-options", "x-frame-options", "x-xss-protection"].map(
    (name) => headers[name],
  );
  assert.equal(sent, ["no-referrer", "nosniff, nosniff", "DENY", "1; mode=block"]); // the app itself says nosniff, too
});

test("S14: nginx itself serves /static/ from current, for as long as a browser likes to keep it", async () => {
  const name = await asset();
  const before = await said(scene.lab, "h1", "systemctl kill -s STOP link-shortener@green && echo stopped");
  assert.is(before, "stopped\n");
  try {
    const { headers, body } = await visit(`/static/${name}`);
    assert.is(body, await readFile(`${scene.project.directory}/dist/static/${name}`, "utf8"));
    assert.equal(
      ["cache-control", "x-content-type-options", "x-variant"].map((each) => headers[each]),
      ["max-age=315360000, public", "nosniff", undefined],
    );
  } finally {
    await said(scene.lab, "h1", "systemctl kill -s CONT link-shortener@green");
  }
});

test("what current does not have under /static/, the app is asked for", async () => {
  const { status, headers } = await visit("/static/none.0123456789.css");
  assert.equal([status, headers["x-variant"]], [404, "green"]);
});

test("S14: the site answers as the spec's does: gzip, bodies to 20 MB, the client's address and the Host", async () => {
  const page = await said(
    scene.lab,
    "h1",
    "curl -s -o /dev/null -D - -H 'Accept-Encoding: gzip' -H 'Via: 1.1 cdn' -H 'Host: link-shortener.example' localhost/static/$(ls /opt/link-shortener/versions/current/static | grep css)",
  );
  assert.match(page.toLowerCase(), "vary: accept-encoding");
  const { stdout } = await scene.project.run("vhost", "production");
  const lines = new Set(stdout.split("\n").map((line) => line.trim()));
  const spec = [
    "listen 80;",
    "listen [::]:80;",
    "server_name link-shortener.example;",
    "keepalive 128;",
    "client_max_body_size 20M;",
    "proxy_set_header Host $host;",
    "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
    "proxy_set_header X-Real-IP $remote_addr;",
    "proxy_intercept_errors on;",
  ];
  assert.equal(
    spec.filter((line) => !lines.has(line)),
    [],
  );
  const upload = (bytes: number): Promise<string> =>
    said(
      scene.lab,
      "h1",
      `head -c ${bytes} /dev/zero | curl -s -o /dev/null -w '%{http_code} %header{x-variant}' --data-binary @- -H 'Host: link-shortener.example' localhost/static/none`,
    );
  assert.equal([await upload(21_000_000), await upload(19_000_000)], ["413 ", "405 green"]);
});

test.run();
