import { writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { World } from "../world/support/world.ts";
import { aWorld, fingerprint } from "../world/support/world.ts";

const test = labSuite("full disks");
let world: World;

test.before(async () => {
  world = await aWorld({ hosts: 1, bastion: false, name: "bad-disk" });
  assert.is((await world.call()).code, 0);
  await writeFile(join(world.directory, "dist/static/big"), randomBytes(20 * 1024 * 1024));
});

test.after(() => world.close());

/** Moves the app's directory onto a file system of its own. */
async function disk(options: string): Promise<void> {
  await onHost(
    `mkdir -p /srv/disk && mount -t tmpfs -o ${options} tmpfs /srv/disk && cp -a /opt/shop/. /srv/disk && chown deploy:www-data /srv/disk && mount --bind /srv/disk /opt/shop`,
  );
}

test.after.each(() => onHost("umount /opt/shop /srv/disk || :"));

test("a disk that is too small is named before anything changes", async () => {
  await disk("size=40m");
  const before = await fingerprint(world.lab, "h1");
  const { code, stderr } = await world.call();
  assert.is(
    stderr,
    "bgdeploy: h1: the disk of /opt/shop/versions has 39 MB free, but the release needs up to 53 MB. Free some space; check with `df -h /opt/shop/versions`\n",
  );
  assert.is(code, 2);
  assert.is(await fingerprint(world.lab, "h1"), before);
});

test("a disk that has room for no more files is named before anything changes", async () => {
  await disk("size=100m,nr_inodes=60");
  const before = await fingerprint(world.lab, "h1");
  const { code, stderr } = await world.call();
  assert.match(stderr, /^bgdeploy: h1: the disk of \/opt\/shop\/versions has room for \d+ files; the release has 3\n$/);
  assert.is(code, 2);
  assert.is(await fingerprint(world.lab, "h1"), before);
});

test("a disk that fills up during the upload: the old version serves, and what came in part is gone", async () => {
  await disk("size=100m");
  const served = await world.served("h1");
  const { code, stdout } = await world.call({
    // The disk is filled after the probe has found room on it.
    settings:
      'tasks: [hooks.pre(hook("fill", async ({ $ }) => { await $`head -c 85M /dev/zero > /opt/shop/fill || :`; })), ...deploy()],',
  });
  assert.is(code, 1, stdout);
  assert.match(stdout, "No space left on device");
  assert.match(stdout, "is still live on h1");
  assert.is(await world.served("h1"), served);
  assert.is((await world.lab.exec("h1", "ls -A /opt/shop/versions | grep partial")).stdout, "");

  await onHost("rm /opt/shop/fill");
  assert.is((await world.call()).code, 0, "with room again the next run succeeds");
});

test.run();

async function onHost(command: string): Promise<void> {
  const { code, stderr } = await world.lab.exec("h1", command);
  if (code !== 0) throw new Error(`${command}: ${stderr}`);
}
