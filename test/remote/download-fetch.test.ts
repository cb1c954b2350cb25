import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { DownloadCommand } from "../../lib/model/command.ts";
import { Secret } from "../../lib/model/secret.ts";
import { waitEnded } from "../../lib/model/wait.ts";
import { serveArchives } from "../support/archive-server.ts";
import type { DownloadScene } from "./support/download-scene.ts";
import { aDownloadScene, held, host, signature, succeeds } from "./support/download-scene.ts";

// The script that a host runs first, run here: the same bash, curl and wget, against a real server.
const test = suite("fetching an archive");
let scene: DownloadScene;
test.before.each(async () => {
  scene = await aDownloadScene();
});
test.after.each(() => scene.end());

const big = randomBytes(300_000);

test("an archive comes whole, and is not fetched again when it is there", async () => {
  const { server, command } = scene;
  const given = command(big);
  server.set("app.tar.gz", { bytes: big });
  await succeeds("fetch", given);
  assert.equal(readFileSync(held(given)), big);
  assert.is(server.seen[0]?.url, `/app.tar.gz?${signature}`);
  await succeeds("fetch", given);
  assert.is(server.seen.length, 1);
  assert.is(statSync(given.workspace).mode & 0o777, 0o700);
  assert.equal(readdirSync(given.workspace), [`${given.sha256}.archive`]);
});

test("a transfer that is cut goes on where it was cut", async () => {
  const { server, command } = scene;
  const given = command(big);
  server.set("app.tar.gz", { bytes: big, cutAfter: 120_000 });
  await succeeds("fetch", given);
  assert.equal(
    server.seen.map(({ from }) => from),
    [0, 120_000, 240_000],
  );
});

test("what an earlier run left is gone on from; what is of another archive goes", async () => {
  const { server, command } = scene;
  const given = command(big);
  mkdirSync(given.workspace);
  writeFileSync(held(given), big.subarray(0, 100_000));
  writeFileSync(join(given.workspace, "other.archive"), "x");
  server.set("app.tar.gz", { bytes: big });
  await succeeds("fetch", given);
  assert.equal(
    server.seen.map(({ from }) => from),
    [100_000],
  );
  assert.equal(readdirSync(given.workspace), [`${given.sha256}.archive`]);
});

test("a server that does not say how long an archive is cannot fill the disk with it", async () => {
  const { server, command, directory } = scene;
  const given = command(big);
  const [bin, path] = [join(directory, "disk"), process.env["PATH"] ?? ""];
  mkdirSync(bin);
  // Each time that it is asked, half of what was free is gone.
  const half = `read -r n <${bin}/free; echo $((n / 2)) >${bin}/free; echo "$n 4096"`;
  writeFileSync(join(bin, "free"), "25600\n");
  writeFileSync(join(bin, "stat"), `#!/bin/bash\n[ "$1" = -f ] && { ${half}; } || PATH=${path} exec stat "$@"\n`, {
    mode: 0o755,
  });
  server.set("app.tar.gz", { bytes: big, hidesLength: true, rate: 20_000 });
  const { status, problem } = await host("fetch", given, { PATH: `${bin}:${path}` });
  assert.is(status, 1);
  assert.match(
    problem,
    /is nearly full: 0\.\d MB of http\S+ have arrived, and its server does not say how long it is; without it, \d\.\d MB are free\n/,
  );
  assert.equal(readdirSync(given.workspace), []);
  server.set("app.tar.gz", { bytes: big, hidesLength: true });
  await succeeds("fetch", given);
});

test("a part that was spoilt is thrown away, and all is fetched again", async () => {
  const { server, command } = scene;
  const given = command(big);
  mkdirSync(given.workspace);
  for (const length of [100_000, 400_000]) {
    writeFileSync(held(given), Buffer.alloc(length));
    server.set("app.tar.gz", { bytes: big });
    await succeeds("fetch", given);
    assert.equal(readFileSync(held(given)), big);
  }
});

test("a server that ignores Range is begun with anew", async () => {
  const { server, command } = scene;
  const given = command(big);
  mkdirSync(given.workspace);
  writeFileSync(held(given), big.subarray(0, 100_000));
  server.set("app.tar.gz", { bytes: big, ignoresRange: true });
  await succeeds("fetch", given);
  assert.equal(readFileSync(held(given)), big);
});

test("a transfer that is cut at the same place for good ends, and keeps what is there", async () => {
  const { server, command } = scene;
  const given = command(big);
  server.set("app.tar.gz", { bytes: big, cutAt: 200_000, rate: 500_000 });
  const { problem } = await host("fetch", given);
  assert.is(
    problem,
    `the transfer of ${given.shown} was cut again and again, the last time at 0.2 MB of 0.3 MB\nRun again: it goes on from there`,
  );
  assert.is(statSync(held(given)).size, 200_000);
});

test("wrong bytes are refused, with both sums, and nothing is kept", async () => {
  const { server, command } = scene;
  const given = command(big);
  server.set("app.tar.gz", { bytes: Buffer.from("other") });
  const { problem } = await host("fetch", given);
  const got = createHash("sha256").update("other").digest("hex");
  assert.match(problem, `the SHA-256 of ${given.shown} is ${got}, and ${given.sha256} is wanted\n`);
  assert.equal(readdirSync(given.workspace), []);
  assert.is(server.seen.length, 1);
});

/** A download of its own beside others: `name` on the server, or elsewhere. */
function elsewhere(shown: string): DownloadCommand {
  const workspace = join(scene.directory, shown.replaceAll(/\W/g, "_"));
  return scene.command(big, { url: new Secret(`${shown}?${signature}`), shown, workspace });
}

test("answers that are errors, a name that is none and a port where nothing listens are said", async () => {
  const { server } = scene;
  const statuses = [403, 404, 401, 418, 503];
  for (const status of statuses) server.set(`${status}.tar`, { status });
  const nowhere = ["http://no-such-host.invalid/a.tar", "http://127.0.0.1:1/a.tar"];
  const urls = [...statuses.map((status) => server.url(`${status}.tar`)), ...nowhere];
  const problems = await Promise.all(urls.map(async (url) => (await host("fetch", elsewhere(url))).problem));
  const [closed, ...rest] = problems.toReversed();
  assert.equal(rest.toReversed(), [
    `${urls[0]} answered 403: this link does not open it; one that is signed may have expired\nMake a new link and run again`,
    `${urls[1]} answered 404: there is no such file\nWas the archive uploaded, and under this name?`,
    `${urls[2]} answered 401: it wants to know who asks\nGive the host a header: headers: { Authorization: new Secret(…) }`,
    `${urls[3]} answered 418\nLook at the URL: from: …`,
    `${urls[4]} answered 503, four times\nRun again when the server is well`,
    "cannot resolve the name no-such-host.invalid\nLook there: getent hosts no-such-host.invalid",
  ]);
  assert.match(closed ?? "", "cannot download http://127.0.0.1:1/a.tar: ");
});

test("headers are sent, with quotes and backslashes as they are, but not to where one is led", async () => {
  const { server, command } = scene;
  const token = 'Bearer "a\\b$c';
  const given = command(big, { headers: { Authorization: new Secret(token) } });
  const other = await serveArchives("localhost");
  try {
    other.set("moved.tar.gz", { bytes: big });
    server.set("app.tar.gz", { bytes: big, authorization: token });
    await succeeds("fetch", given);
    rmSync(given.workspace, { recursive: true });
    server.set("app.tar.gz", { redirect: other.url("moved.tar.gz?secret=2") });
    await succeeds("fetch", given);
    other.set("moved.tar.gz", { bytes: big, rate: 200_000 });
    rmSync(given.workspace, { recursive: true });
    // On the way: of what was meant, not of the answer that led there.
    assert.match((await host("fetch", given)).output, /^progress (?!300000)\d+ 300000$/m);
    other.seen.splice(1);
    assert.equal(
      other.seen.map(({ url, authorization }) => [url, authorization]),
      [["/moved.tar.gz?secret=2", undefined]],
    );
  } finally {
    await other.close();
  }
});

test("without curl, wget does the same: goes on, begins anew, names what fails", async () => {
  const { server, directory, command } = scene;
  const bin = join(directory, "bin");
  mkdirSync(bin);
  for (const name of "bash cat cut find getent grep head kill mkdir mv paste printf rm sed seq sha256sum sleep stat tail wget xargs".split(
    " ",
  )) {
    const path = execFileSync("bash", ["-c", `type -P ${name} || :`], { encoding: "utf8" }).trim();
    if (path !== "") symlinkSync(path, join(bin, name));
  }
  const env = { PATH: bin };
  const given = command(big);
  server.set("app.tar.gz", { bytes: big, cutAfter: 120_000 });
  await succeeds("fetch", given, env);
  assert.equal(
    server.seen.map(({ from }) => from),
    [0, 120_000, 240_000],
  );
  writeFileSync(held(given), Buffer.alloc(400_000));
  await succeeds("fetch", given, env);
  writeFileSync(held(given), big.subarray(0, 100_000));
  server.set("app.tar.gz", { bytes: big, ignoresRange: true });
  await succeeds("fetch", given, env);
  rmSync(held(given));
  server.set("app.tar.gz", { status: 403 });
  assert.match((await host("fetch", given, env)).problem, "answered 403");
  const nowhere = "http://no-such-host.invalid/a.tar";
  const unknown = command(big, { url: new Secret(nowhere), shown: nowhere });
  assert.match((await host("fetch", unknown, env)).problem, "cannot resolve the name");
});

test("a word to stop ends a download at once, and keeps what is there", async () => {
  const { server, directory, command } = scene;
  const given = command(big);
  server.set("app.tar.gz", { bytes: big, rate: 60_000 });
  const running = host("fetch", given);
  await server.until(([first]) => (first?.sent ?? 0) >= 48_000);
  writeFileSync(join(directory, "interrupt"), "");
  const { status, problem } = await running;
  assert.is(status, waitEnded);
  assert.match(problem, "interrupted: ");
  assert.ok(statSync(held(given)).size >= 16_000);
});

test.run();
