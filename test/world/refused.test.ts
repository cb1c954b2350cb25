import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { World } from "./support/world.ts";
import { aWorld } from "./support/world.ts";

const test = labSuite("users that a host refuses");
let world: World;

test.before(async () => {
  world = await aWorld({ hosts: 1, bastion: false, name: "world-refused" });
  await inHost(`useradd -m -s /bin/bash ubuntu
    useradd -m -s /usr/sbin/nologin closed
    useradd -m -s /bin/bash expired; echo expired:x | chpasswd
    for user in ubuntu closed expired; do
      cp -r /home/deploy/.ssh /home/$user/; chown -R $user: /home/$user/.ssh
    done
    chage -d 0 expired
    echo 'ubuntu ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/90-cloud-init-users`);
  const key = (await world.lab.exec("h1", "cat /root/.ssh/authorized_keys")).stdout;
  const says = String.raw`echo 'Please login as the user \"ubuntu\" rather than the user \"root\".';echo;sleep 1;exit 142`;
  const forced = `no-port-forwarding,no-pty,command="${says}" ${key}`;
  await world.lab.exec("h1", "cat >/root/.ssh/authorized_keys", forced);
});

test.after(() => world.close());

test("an image that refuses root by a forced command: its words are shown, with the user that they name", async () => {
  const { code, stderr } = await world.call({ words: ["setup", "production", "--as", "root", "--yes"] });
  assert.is(
    stderr,
    'bgdeploy: h1: the login is refused with this message: Please login as the user "ubuntu" rather than the user "root". Connect as ubuntu: --as ubuntu for setup, else User ubuntu in the ssh_config. With full sudo that is enough for setup, too\n',
  );
  assert.is(code, 2);
});

test("a user whose shell is nologin: so are its", async () => {
  const { code, stderr } = await world.call({ ssh: "Host h1\nUser closed" });
  assert.match(
    stderr,
    "h1: the login is refused with this message: This account is currently not available. Connect as another",
  );
  assert.is(code, 2);
});

test("a password that has expired is said, with what sets it", async () => {
  const { code, stderr } = await world.call({ ssh: "Host h1\nUser expired" });
  assert.match(stderr, /h1: the user's password has expired and must be changed first\. Change it: ssh .* -t h1/);
  assert.is(code, 2);
});

test("a host that such a user has not set up: plain setup is advised, and does it", async () => {
  const ssh = "Host h1\nUser ubuntu";
  const settings = 'destination: "/srv/fresh",';
  const before = await world.call({ ssh, settings });
  assert.match(before.stderr, /Prepare the host once: bgdeploy setup production$/m);
  const made = await world.call({ ssh, settings, words: ["setup", "production", "--yes"] });
  assert.is(made.code, 0, made.stderr + made.stdout);
  const { code, stdout, stderr } = await world.call({ ssh, settings });
  assert.is(code, 0, stderr + stdout);
});

test("a connection refused while sshd restarts is tried again, and said", async () => {
  const log = join(world.directory, "calls");
  const counting = join(world.directory, "counting");
  await mkdir(counting);
  await writeFile(log, "");
  await writeFile(join(counting, "ssh"), `#!/bin/sh\necho "$*" >>${log}\nexec /usr/bin/ssh "$@"\n`, { mode: 0o755 });
  await inHost("systemctl stop ssh");
  const called = world.call({
    words: ["releases", "production"],
    env: { PATH: `${counting}:${process.env["PATH"]}` },
  });
  const tries = async (): Promise<number> => (await readFile(log, "utf8")).split("ControlMaster=yes").length - 1;
  while ((await tries()) < 2) await new Promise((done) => setTimeout(done, 20));
  await inHost("systemctl start ssh");
  const { code, stderr } = await called;
  assert.is(stderr, "h1: connection refused: no sshd is listening. Retrying for a few seconds\n");
  assert.is(code, 0);
});

test.run();

async function inHost(command: string): Promise<void> {
  const { code, stdout, stderr } = await world.lab.exec("h1", command);
  assert.is(code, 0, stdout + stderr);
}
