import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BuiltApp } from "./support/built-app.ts";

const app = new BuiltApp("v1.2");
const form = (url: string) => ({ method: "POST", body: new URLSearchParams({ url }), redirect: "manual" }) as const;

test.after(() => app.remove());

test("a link made at one variant by JSON works at the other", async () => {
  const blue = await app.serve({ LINK_SHORTENER_VARIANT: "blue", LINK_SHORTENER_URL_HOST: "sho.rt" });
  const green = await app.serve({ LINK_SHORTENER_VARIANT: "green" });
  const made = await fetch(`${blue.url}/links`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: '{"url":"https://example.com"}',
  });
  const { slug, ...rest } = JSON.parse(await made.text());

  assert.is(made.status, 201);
  assert.equal(rest, { link: `http://sho.rt/${slug}`, url: "https://example.com/" });
  const answer = await fetch(`${green.url}/${slug}`, { redirect: "manual" });
  assert.equal(
    [answer.status, ...["location", "x-variant", "x-version"].map((name) => answer.headers.get(name))],
    [302, "https://example.com/", "green", "v1.2"],
  );
});

test("a link made by the form leads to a page that shows it, escaped", async () => {
  const { url } = await app.serve();
  const made = await fetch(`${url}/links`, form("https://example.com/?a=1&b='"));
  const page = await fetch(url + made.headers.get("location"));

  assert.is(made.status, 303);
  assert.match(await page.text(), "https://example.com/?a=1&amp;b=%27");
});

test("the page's own files are served for a year", async () => {
  const { url } = await app.serve();
  const page = await (await fetch(url)).text();
  const files = page.match(/\/static\/\w+\.[0-9a-f]{10}\.\w+/g) ?? [];

  assert.is(files.length, 3);
  for (const file of files) {
    const answer = await fetch(url + file);
    assert.is(answer.headers.get("cache-control"), "public, max-age=31536000, immutable");
    assert.ok((await answer.text()).length > 100);
  }
});

test("what cannot be answered is refused with the fitting status", async () => {
  const { url } = await app.serve();
  const json = { "Content-Type": "application/json" };
  const requests: readonly (readonly [number, string, RequestInit?])[] = [
    [404, "/nothing"],
    [404, "/static/../package.json"],
    [404, "//"],
    [404, "/slow"],
    [405, "/links"],
    [405, "/", { method: "DELETE" }],
    [400, "/links", form("ftp://example.com")],
    [400, "/links", { method: "POST", headers: json, body: "{" }],
    [400, "/links", { method: "POST", headers: json, body: "null" }],
    [413, "/links", form(`https://example.com/${"a".repeat(200_000)}`)],
    [415, "/links", { method: "POST", body: "https://example.com" }],
  ];
  const statuses = requests.map(async ([, path, init]) => {
    const { status, headers } = await fetch(url + path, init);
    return [headers.get("x-version"), status, path];
  });

  assert.equal(
    await Promise.all(statuses),
    requests.map(([status, path]) => ["v1.2", status, path]),
  );
});

test("-c tells a healthy app from an unhealthy one and from none", async () => {
  const healthy = await app.serve({ LINK_SHORTENER_VARIANT: "blue" });
  const unhealthy = await app.serve({ LINK_SHORTENER_UNHEALTHY: "true" });
  const check = (port: string) => spawnSync(app.bin, ["-c", port], { encoding: "utf8" });

  assert.equal(await (await fetch(`${healthy.url}/healthz`)).json(), {
    ok: true,
    version: "v1.2",
    variant: "blue",
    pid: healthy.child.pid,
  });
  assert.equal([check(healthy.port).status, check(healthy.port).stderr], [0, ""]);
  assert.equal([check(unhealthy.port).status, check("1").status, check("x").status], [1, 1, 2]);
  assert.match(check("1").stderr, /^link-shortener: http:\/\/127\.0\.0\.1:1\/healthz is not healthy: .*\.\n$/);
});

test("it listens on a unix socket where one is named, and -c asks there", async () => {
  const socket = join(mkdtempSync(join(tmpdir(), "link-shortener-")), "app.sock");
  const { child, stopped } = await app.serve({ SOCKET: socket });
  const check = (place: string) => spawnSync(app.bin, ["-c", place], { encoding: "utf8" });
  assert.equal([check(socket).status, check(`${socket}.none`).status], [0, 1]);
  child.kill("SIGTERM");
  await stopped;
  assert.is(existsSync(socket), false);
  rmSync(dirname(socket), { recursive: true });
});

test("an unknown flag shows the usage", () => {
  const { status, stderr } = spawnSync(app.bin, ["--frob"], { encoding: "utf8" });
  assert.is(status, 2);
  assert.match(stderr, "Usage: link-shortener");
});

test("SIGTERM lets requests and uploads in flight end, and waits for no idle connection", async () => {
  const { url, port, child, stopped } = await app.serve({ LINK_SHORTENER_DEBUG: "true" });
  const silent = connect(Number(port), "127.0.0.1");
  await Promise.all([once(silent, "connect"), fetch(url).then((page) => page.text())]);
  const slow = fetch(`${url}/slow?ms=600`);
  const stream = await fetch(`${url}/stream?seconds=0.8`);
  const upload = fetch(`${url}/echo`, { method: "POST", body: slowBody(), duplex: "half" });
  await sleep(200);
  const before = performance.now();
  child.kill("SIGTERM");

  assert.is(await (await slow).text(), "slow 600\n");
  assert.ok((await stream.text()).endsWith("chunk 8\nend\n"));
  assert.equal(await (await upload).json(), { bytes: 4 });
  assert.is(await stopped, 0);
  assert.ok(performance.now() - before < 2000);
  assert.is(await fetch(url).catch(() => "refused"), "refused");
});

test("a second SIGTERM ends it at once, and so does the knob to crash", async () => {
  const stubborn = await app.serve({ LINK_SHORTENER_DEBUG: "true" });
  void fetch(`${stubborn.url}/slow?ms=5000`).catch(() => undefined);
  await sleep(100);
  stubborn.child.kill("SIGTERM");
  await sleep(100);
  stubborn.child.kill("SIGTERM");
  const crashing = await app.serve({ LINK_SHORTENER_START_DELAY_MS: "50", LINK_SHORTENER_CRASH_AFTER_MS: "400" });

  assert.equal(await Promise.all([stubborn.stopped, crashing.stopped]), [1, 1]);
});

test("/ws sends back what it gets, and says goodbye on SIGTERM", async () => {
  const { url, child, stopped } = await app.serve({ LINK_SHORTENER_DEBUG: "true" });
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws`);
  await once(socket, "open");
  for (const text of ["hello", "ä".repeat(20_000)]) {
    socket.send(text);
    const [{ data }] = await once(socket, "message");
    assert.is(data, text);
  }
  child.kill("SIGTERM");

  assert.is((await once(socket, "close"))[0].code, 1001);
  assert.is(await stopped, 0);
});

async function* slowBody() {
  for (let chunk = 0; chunk < 4; chunk++) {
    yield Buffer.from("x");
    await sleep(150);
  }
}

test.run();
