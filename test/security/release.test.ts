import { rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { Store } from "../downloads/support/store.ts";
import { aStore, downloading } from "../downloads/support/store.ts";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served, visit } from "../support/hosts.ts";

// h1 is deployed to by a user with sudo rules, h2 by root.
const test = labSuite("what a release may hold");
const hosts = ["h1", "root-h2"];
const small =
  "mkdir -p /srv/disk && mount -t tmpfs -o size=100m tmpfs /srv/disk && cp -a /opt/link-shortener/. /srv/disk && chown --reference=/opt/link-shortener /srv/disk && mount --bind /srv/disk /opt/link-shortener";
let scene: Scene;
let store: Store;
test.before(async () => {
  scene = await aScene("security-release", { machines: 2, hosts });
  store = await aStore(scene.lab, scene.project);
  succeeded(await scene.project.deploy("v1"));
  for (const host of scene.hosts) await said(scene.lab, host, small);
});
test.after(async () => {
  await store.close();
  await scene.end();
});

const writer = `systemd-run -q --unit=writer bash -c 'while sleep 0.02; do echo x >/srv/disk/written || echo failed >/srv/failed; rm -f /srv/disk/written; done'`;
const left =
  "cd /opt/link-shortener; find .bgdeploy/downloads -mindepth 1 2>/dev/null; ls -A versions; readlink versions/current; :";
test("a chain of symlinks out of the build, each of which looks sound, is refused before any connection", async () => {
  await scene.project.build("v2");
  const dist = join(scene.project.directory, "dist");
  const chain = { up: "..", up2: "up/..", up3: "up2/..", up4: "up3/..", top: "up4/.." };
  for (const [name, target] of Object.entries(chain)) await symlink(target, join(dist, "bin", name));
  await symlink("../bin/top/etc/passwd", join(dist, "static/passwd"));
  const { stderr } = ended(await scene.project.run("run", "production", "--version", "v2"), 2);
  assert.match(stderr, "5 symlinks point outside the build");
  for (const link of ["bin/top -> up4/.. (/)", "bin/up2 -> up/.. ("]) assert.ok(stderr.includes(link), stderr);
  assert.not.match(stderr, "bin/up -> ..");
  for (const host of scene.hosts) {
    assert.not.match(await visit(scene.lab, host, "/static/passwd"), "root:x:0");
    assert.is(await served(scene.lab, host), "v1 blue");
  }
});

type Bomb = readonly [title: string, make: (bomb: string) => Promise<unknown>, words: readonly string[], said: RegExp];
const bombs: readonly Bomb[] = [
  [
    "zeros, packed small",
    (bomb) => writeFile(bomb, Buffer.alloc(300_000_000)),
    [],
    /comes to more than \d+\.\d MB unpacked; the disk of \S+ has \d+\.\d MB free, of which a release may take/,
  ],
  [
    "10 GB that are one hole",
    async (bomb) => {
      await writeFile(bomb, "");
      await truncate(bomb, 10_000_000_000);
    },
    ["-S"],
    /comes to 10000\.\d MB unpacked; the disk of \S+ has \d+\.\d MB free, of which a release may take/,
  ],
];
for (const [title, make, words, expected] of bombs) {
  test(`an archive that takes more room than the disk has is refused, and the disk is not filled: ${title}`, async () => {
    const bomb = join(scene.project.directory, "bomb");
    await make(bomb);
    const options = await store.offer("v3", {}, ...words, "-C", "dist", ".", "-C", "..", "bomb");
    await rm(bomb, { recursive: true });
    await scene.project.write({ hosts, settings: downloading(options) });
    for (const [index, host] of scene.hosts.entries()) {
      const before = await said(scene.lab, host, left);
      await said(scene.lab, host, writer);
      const only = ["--version", "v3", "--only", hosts[index] ?? ""];
      const { stdout } = await scene.project.run("run", "production", ...only);
      const failed = "systemctl stop writer; cat /srv/failed 2>/dev/null; rm -f /srv/failed";
      assert.is(await said(scene.lab, host, failed), "", "another program could write meanwhile");
      assert.match(stdout, expected);
      assert.is(await said(scene.lab, host, left), before);
      assert.is(await served(scene.lab, host), "v1 blue");
    }
  });
}

test.run();
