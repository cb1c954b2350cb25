import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { filesOn, said, served } from "../support/hosts.ts";

const test = labSuite("setup");
let scene: Scene;
test.before(async () => {
  scene = await aScene("setup", { machines: 2, setUp: false, settings: `exec: { user: "clicks" },` });
  await scene.project.write({ settings: `app: "link-shortener", exec: { user: "clicks" }, group: "clicks-files",` });
});
test.after(() => scene.end());

const traces = (): Promise<string> =>
  said(scene.lab, "h1", "find /opt /etc -printf '%p %m %u %g %T@ %l\\n' | sort; sha256sum /etc/passwd /etc/group");

test("without root setup says how to come by it, and changes nothing", async () => {
  const before = await traces();
  const { stderr } = ended(await scene.project.run("setup", "production", "--yes"), 2);
  assert.is(
    stderr,
    "bgdeploy: setup needs root. Connect as root: bgdeploy setup production --as root, or let the ssh user sudo everything\n",
  );
  assert.is(await traces(), before);
});

test("a run on a host that was not set up says what is missing, and how to mend it", async () => {
  const before = await traces();
  const { stderr } = ended(await scene.project.deploy("v0"), 2);
  assert.equal(stderr.trimEnd().split("\n"), [
    "bgdeploy: private-h1, private-h2: /opt/link-shortener does not exist, and deploy cannot create it. Prepare the host once: bgdeploy setup production --as root",
    "bgdeploy: private-h1, private-h2: user clicks, who should run the service, does not exist. Prepare the host once: bgdeploy setup production --as root",
    "bgdeploy: private-h1, private-h2: group clicks-files does not exist. Set `group` in the config, or: sudo groupadd clicks-files",
    "bgdeploy: private-h1, private-h2: sudo lets deploy run no command without a password (it says: sudo: a password is required). Install the sudo rules once: bgdeploy setup production --as root",
  ]);
  assert.is(await traces(), before);
});

test("setup shows what it will do, and does it only when told to", async () => {
  const before = await traces();
  const shown = succeeded(await scene.project.run("setup", "production", "--as", "root", "--dry-run"));
  assert.match(
    shown.stdout,
    /^private-h1, private-h2: will be changed:\n {2}Create the group and the users\n {2}Create the directories\n/,
  );
  assert.match(shown.stdout, /\n {2}Install the unit +\/etc\/systemd\/system\/link-shortener@\.service\n/);
  assert.match(
    shown.stdout,
    "\nNothing has been changed yet. To see every command: --commands\nNext: bgdeploy setup production --as root\n",
  );
  assert.not.match(shown.stdout, "groupadd");
  const all = succeeded(await scene.project.run("setup", "production", "--as", "root", "--dry-run", "--commands"));
  assert.match(all.stdout, / {4}private-h1, private-h2:\n {6}groupadd --system clicks-files\n {6}useradd --system/);
  const { stderr } = ended(await scene.project.run("setup", "production", "--as", "root"), 2);
  assert.is(stderr, "bgdeploy: No terminal to prompt on; pass --yes\n");
  assert.is(await traces(), before);
});

test("without sudo on a host setup changes nothing, and says which way is left", async () => {
  await said(scene.lab, "h1", "mv /usr/bin/sudo /usr/bin/sudo.away");
  const before = await traces();
  const { stderr } = ended(await scene.project.run("setup", "production", "--as", "root", "--yes"), 2);
  assert.is(
    stderr,
    "bgdeploy: private-h1: there is no sudo, which deploy needs to deploy. Deploy as root instead (--user root), or install it: apt-get install sudo\n",
  );
  assert.is(await traces(), before);
  await said(scene.lab, "h1", "mv /usr/bin/sudo.away /usr/bin/sudo");
});

test("setup makes a bare host ready: rules that visudo takes, a site that nginx takes, and the first deploy works", async () => {
  // A group of the service's name is there, but no user: one was deleted, or another tool has made it.
  await said(scene.lab, "h1", "groupadd --system clicks");
  succeeded(await scene.project.run("setup", "production", "--as", "root", "--yes"));
  assert.is(
    (await scene.lab.exec("h1", "visudo -c >/dev/null && nginx -tq && systemctl is-active nginx")).stdout,
    "active\n",
  );
  assert.equal(await filesOn(scene.lab, "h1", "/opt/link-shortener"), [
    "d 0700 deploy:clicks-files .bgdeploy",
    "d 0700 deploy:clicks-files .bgdeploy/hooks",
    "d 0700 deploy:clicks-files .bgdeploy/releases",
    "f 0644 deploy:deploy backend.conf",
    "l 0777 deploy:deploy backends.conf -> backend.conf",
    "d 0755 deploy:clicks-files versions",
  ]);
  assert.is(
    await said(
      scene.lab,
      "h1",
      "stat -c '%a %U:%G' /etc/sudoers.d/*bgdeploy /etc/systemd/system/link-shortener@.service",
    ),
    "440 root:root\n644 root:root\n",
  );
  assert.is(
    (await scene.project.run("unit", "production")).stdout,
    await said(scene.lab, "h1", "cat /etc/systemd/system/link-shortener@.service"),
  );
  assert.is(
    (await scene.project.run("vhost", "production")).stdout,
    await said(scene.lab, "h1", "cat /etc/nginx/sites-enabled/link-shortener.conf"),
  );
  const { stdout } = succeeded(await scene.project.deploy("v1"));
  assert.equal([await served(scene.lab, "h1"), await served(scene.lab, "h2")], ["v1 blue", "v1 blue"]);
  assert.not.match(stdout, "is skipped");
  assert.is(
    (await said(scene.lab, "h1", "ps -o user:32= -p $(systemctl show -p MainPID --value link-shortener@blue)")).trim(),
    "clicks",
  );
});

test("a second setup finds nothing missing, before a deploy or after it, and changes nothing", async () => {
  const before = await traces();
  const { stdout } = succeeded(await scene.project.run("setup", "production", "--as", "root", "--yes"));
  assert.is(stdout, "private-h1, private-h2: nothing is missing\n");
  assert.is(await traces(), before);
});

test("a site that someone has edited is left as it is, and the difference is shown", async () => {
  await said(
    scene.lab,
    "h1",
    "sed -i 's/keepalive 128;/keepalive 64;/' /etc/nginx/sites-available/link-shortener.conf",
  );
  const { stdout } = succeeded(await scene.project.run("setup", "production", "--as", "root", "--yes"));
  assert.match(
    stdout,
    "private-h1, private-h2: nothing is missing\nprivate-h1: /etc/nginx/sites-available/link-shortener.conf differs from what bgdeploy would write; it is left as it is:\n",
  );
  assert.match(stdout, "    -    keepalive 64;\n    +    keepalive 128;\n");
  assert.match(await said(scene.lab, "h1", "cat /etc/nginx/sites-enabled/link-shortener.conf"), "keepalive 64;");
});

test("with `strict` the one rule that is left is for the helper, and deploys work with it", async () => {
  await scene.project.write({
    settings: `app: "link-shortener", exec: { user: "clicks" }, group: "clicks-files", strict: true,`,
  });
  succeeded(await scene.project.run("setup", "production", "--as", "root", "--yes"));
  assert.equal((await said(scene.lab, "h1", "visudo -cq; sudo -l -U deploy")).match(/NOPASSWD.*/g), [
    "NOPASSWD: /usr/local/lib/bgdeploy/link-shortener",
  ]);
  succeeded(await scene.project.deploy("v2"));
  assert.is(await served(scene.lab, "h1"), "v2 green");
});

test.run();
