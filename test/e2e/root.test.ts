import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { filesOn, said, served, withoutTimes } from "../support/hosts.ts";
import { noteRsync, uploadWords } from "../support/rsync-calls.ts";

const test = labSuite("root");
let scene: Scene;
test.before(async () => {
  scene = await aScene("root", { hosts: ["root-h1"], setUp: false });
});
test.after(() => scene.end());

test("root deploys to a host that was never set up, and again", async () => {
  const first = succeeded(await scene.project.deploy("v1"));
  assert.match(first.stdout, "warning: no nginx site includes /opt/link-shortener/backend.conf");
  const { stdout: site } = succeeded(await scene.project.run("vhost", "production"));
  await scene.lab.exec("h1", "cat >/etc/nginx/sites-enabled/site && systemctl reload nginx", site);
  assert.is(await served(scene.lab, "h1"), "v1 blue");
  succeeded(await scene.project.deploy("v2"));
  assert.is(await served(scene.lab, "h1"), "v2 green");
});

test("all is root's, and the service's group reads the releases", async () => {
  const files = await filesOn(scene.lab, "h1", "/opt/link-shortener", withoutTimes);
  assert.equal(
    files.filter((line) => !/ (\.bgdeploy\/|versions\/TIME-v\d\/(bin|lib|static)\/)/.test(line)),
    [
      "d 0700 root:root .bgdeploy",
      "f 0644 root:root backend.conf",
      "l 0777 root:root backends.conf -> backend.conf",
      "f 0600 root:root environment-blue",
      "f 0600 root:root environment-green",
      "f 0644 root:root variant",
      "d 0755 root:www-data versions",
      ...["v1", "v2"].flatMap((version) => [
        `d 0755 root:www-data versions/TIME-${version}`,
        `f 0644 root:www-data versions/TIME-${version}/VERSION`,
        `d 0755 root:www-data versions/TIME-${version}/bin`,
        `d 0755 root:www-data versions/TIME-${version}/lib`,
        `f 0644 root:www-data versions/TIME-${version}/package.json`,
        `d 0755 root:www-data versions/TIME-${version}/static`,
      ]),
      "l 0777 root:root versions/current -> TIME-v2",
      "l 0777 root:root versions/current-blue -> TIME-v1",
      "l 0777 root:root versions/current-green -> TIME-v2",
    ],
  );
  assert.is(
    await said(
      scene.lab,
      "h1",
      "stat -c '%a %U:%G' /opt/link-shortener; find /opt/link-shortener/.bgdeploy ! -user root",
    ),
    "755 root:root\n",
  );
});

test("the service runs as the app's user, and may not write into its release", async () => {
  const user = await said(
    scene.lab,
    "h1",
    "ps -o user:32= -p $(systemctl show -p MainPID --value link-shortener@green)",
  );
  assert.is(user.trim(), "link-shortener");
  const mounts = await said(scene.lab, "h1", "systemctl show -p ReadOnlyPaths --value link-shortener@green");
  assert.is(mounts, "-/opt/link-shortener/versions\n");
});

test("root needs no sudo: none was run", async () => {
  assert.is(await said(scene.lab, "h1", "journalctl -q -t sudo -o cat"), "");
});

test("root's rsync walks to each shared file, also where all is root's: it may give away what it uploads", async () => {
  await noteRsync(scene.lab, "h1");
  await said(scene.lab, "h1", "chown -R root:root /opt/link-shortener");
  await scene.project.write({ hosts: ["root-h1"], settings: `user: "root",` });
  succeeded(await scene.project.deploy("v3"));
  const words = await uploadWords(scene.lab, "h1");
  assert.match(words, "--link-dest");
  assert.not.match(words, "--insecure-links");
});

test.run();
