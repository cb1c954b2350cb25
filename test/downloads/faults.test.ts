import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { startClient } from "../faults/support/client.ts";
import { labSuite } from "../lab/suite.ts";
import type { Answering } from "../support/archive-server.ts";
import type { Ended } from "../support/bgdeploy.ts";
import { program } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import type { Store } from "./support/store.ts";
import { aStore, downloading } from "./support/store.ts";

const test = labSuite("downloads that go wrong");
let scene: Scene;
let store: Store;
const hosts = ["h1", "h2"];
test.before(async () => {
  scene = await aScene("download-faults", { machines: 2, hosts });
  store = await aStore(scene.lab, scene.project);
  succeeded(await deploy("v1"));
});
test.after(async () => {
  await store.close();
  await scene.end();
});

async function settle(version: string, answering?: Answering, ...words: readonly string[]): Promise<void> {
  await scene.project.write({ hosts, settings: downloading(await store.offer(version, answering, ...words)) });
}

async function deploy(version: string, answering?: Answering, ...words: readonly string[]): Promise<Ended> {
  await settle(version, answering, ...words);
  return scene.project.run("run", "production", "--version", version);
}

/** Everything that decides about the traffic, and what a download may leave. */
async function fingerprint(host: string): Promise<string> {
  const files =
    "cd /opt/link-shortener; sha256sum backend.conf variant; readlink versions/current*; ls -A versions | grep partial || :";
  return `${await served(scene.lab, host)}\n${await said(scene.lab, host, files)}`;
}

async function refused(version: string, said: RegExp, run: () => Promise<Ended>): Promise<void> {
  const before = await Promise.all(hosts.map((host) => fingerprint(host)));
  const { stdout } = ended(await run(), 1);
  assert.match(stdout, said);
  assert.match(stdout, /upload:download: /);
  assert.match(stdout, /v1 \(blue\) is still live/);
  assert.equal(await Promise.all(hosts.map((host) => fingerprint(host))), before, `${version} left something`);
}

test("a wrong sum ends the deploy before anything is unpacked, on all hosts", async () => {
  await refused("v2", /the SHA-256 of http\S+v2\.tar\.gz is [0-9a-f]{64}, and [0-9a-f]{64} is wanted/, async () => {
    await settle("v2");
    store.set("v2.tar.gz", { bytes: Buffer.from("other") });
    return scene.project.run("run", "production", "--version", "v2");
  });
  for (const host of hosts) assert.is(await said(scene.lab, host, "ls -A /opt/link-shortener/.bgdeploy/downloads"), "");
});

test("an expired link is said", () =>
  refused("v3", /v3\.tar\.gz answered 403: this link does not open it; one that is signed may have expired/, () =>
    deploy("v3", { status: 403 }),
  ));

test("a URL without a query has nothing secret, and is said whole", () =>
  refused("v3", /upload:download: [^\n]*http:\S+v3\.tar\.gz answered 403/, async () => {
    const offered = await store.offer("v3", { status: 403 });
    const settings = downloading(offered.replace(/\?[^"]*/, ""));
    await scene.project.write({ hosts, settings });
    return scene.project.run("run", "production", "--version", "v3");
  }));

test("a hostile archive is refused, and nothing of it is on the host", async () => {
  await writeFile(join(scene.project.directory, "evil"), "evil");
  await refused("v4", /holds \.\.\/evil-of-bgdeploy, which leads out of the release/, () =>
    deploy("v4", {}, "--transform=s|^evil|../evil-of-bgdeploy|", "-C", "dist", ".", "-C", "..", "evil"),
  );
  for (const host of hosts) {
    assert.is(
      await said(scene.lab, host, "find / -xdev -name 'evil-of-bgdeploy*' -not -path '/proc/*' 2>/dev/null; :"),
      "",
    );
  }
});

test("an archive without the program is refused with a hint", () =>
  refused("v5", /has no bin\/link-shortener; at its top there is: dist\n.*Did you mean strip: 1\?/, () =>
    deploy("v5", {}, "dist"),
  ));

test("a disk that is too small for the archive, or for what it unpacks to, is said; its room is free again", async () => {
  const big = Buffer.alloc(80_000_000);
  const move =
    "mkdir -p /srv/disk && mount -t tmpfs -o size=60m tmpfs /srv/disk && cp -a /opt/link-shortener/. /srv/disk && chown deploy:www-data /srv/disk && mount --bind /srv/disk /opt/link-shortener";
  await said(scene.lab, "h2", move);
  try {
    await refused(
      "v6",
      /the disk of \S+downloads is full: the archive has 80\.0 MB; without it \d+\.\d MB are free/,
      () => deploy("v6", { bytes: big }),
    );
    await writeFile(join(scene.project.directory, "blob"), Buffer.alloc(100_000_000));
    await refused(
      "v7",
      /comes to more than \d+\.\d MB unpacked; the disk of \S+downloads has \d+\.\d MB free, of which a release may take/,
      () => deploy("v7", {}, "-C", "dist", ".", "-C", "..", "blob"),
    );
    assert.is(await said(scene.lab, "h2", "ls -A /opt/link-shortener/.bgdeploy/downloads"), "");
  } finally {
    await said(scene.lab, "h2", "umount /opt/link-shortener /srv/disk");
  }
});

test("a certificate that the host does not trust is said", async () => {
  const { directory } = scene.project;
  const words = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=storage -keyout key.pem -out cert.pem";
  assert.is((await program(words.split(" "), { cwd: directory })).code, 0);
  const read = async (name: string): Promise<string> => (await program(["cat", name], { cwd: directory })).stdout;
  const secure = await aStore(scene.lab, scene.project, { key: await read("key.pem"), cert: await read("cert.pem") });
  try {
    await scene.project.write({ hosts, settings: downloading(await secure.offer("v8")) });
    await refused(
      "v8",
      /the certificate of 10\.\S+ is not trusted \(SSL certificate problem: self-signed certificate\)/,
      () => scene.project.run("run", "production", "--version", "v8"),
    );
    assert.equal(secure.seen, []);
  } finally {
    await secure.close();
  }
});

test("a name that the hosts cannot resolve is said, with the next step", async () => {
  await scene.project.write({
    hosts,
    settings: downloading(`from: "https://builds.example/app.tar.gz", sha256: "${"0".repeat(64)}"`),
  });
  await refused("v9", /cannot resolve the name builds\.example\n.*getent hosts builds\.example/, () =>
    scene.project.run("run", "production", "--version", "v9"),
  );
});

test("a host without curl and wget is refused before anything happens, with what to install", async () => {
  await settle("v10");
  await said(scene.lab, "h2", "mv /usr/bin/curl /usr/bin/curl.away");
  const { stderr } = ended(await scene.project.run("run", "production", "--version", "v10"), 2);
  await said(scene.lab, "h2", "mv /usr/bin/curl.away /usr/bin/curl");
  assert.is(
    stderr,
    "bgdeploy: h2: neither curl nor wget is installed to download the release. Install one: sudo apt-get install curl\n",
  );
});

test("a client that is killed in the middle: its host stops, and the next run goes on from there", async () => {
  await writeFile(join(scene.project.directory, "blob"), Buffer.from(crypto.getRandomValues(new Uint8Array(65_000))));
  await settle("v11", { rate: 100_000 }, "-C", "dist", ".", "-C", "..", "blob");
  store.seen.length = 0;
  const client = startClient(["run", "production", "--version", "v11"], scene.project.directory);
  await store.until((seen) => seen.length === 2 && seen.every(({ sent }) => sent >= 32_768));
  client.kill();
  await client.ended;
  const parts = await Promise.all(
    hosts.map((host) => said(scene.lab, host, "stat -c %s /opt/link-shortener/.bgdeploy/downloads/*.archive")),
  );
  assert.ok(
    parts.every((size) => Number(size) > 0),
    parts.join(),
  );
  for (const host of hosts) {
    await said(scene.lab, host, "for i in $(seq 300); do pgrep curl >/dev/null || exit 0; sleep 0.1; done; exit 1");
  }
  succeeded(await scene.project.run("run", "production", "--version", "v11", "--lock-wait", "1m"));
  assert.equal(await Promise.all(hosts.map((host) => served(scene.lab, host))), ["v11 green", "v11 green"]);
  assert.ok(
    store.seen.slice(2).every(({ from }) => from > 0),
    JSON.stringify(store.seen),
  );
});

test.run();
