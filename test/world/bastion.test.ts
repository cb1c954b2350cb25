import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Call, World } from "./support/world.ts";
import { aWorld } from "./support/world.ts";

const test = labSuite("bastions and sshd's limits");
let world: World;
const hosts = ["h1", "h2", "h3", "h4", "h5", "h6"];

test.before(async () => {
  world = await aWorld({ hosts: hosts.length, name: "world-bastion" });
});

test.after(() => world.close());

test("a bastion with an unknown host key is reached, and the hosts behind it", async () => {
  await rm(world.lab.knownHosts, { force: true });
  await deploys({ hosts: ["private-h1"] });
  const known = await readFile(world.lab.knownHosts, "utf8");
  const names = known
    .trim()
    .split("\n")
    .map((line) => line.split(" ")[0]);
  assert.equal(new Set(names), new Set(["bastion", "h1"]));
});

test("a stricter setting reaches the bastion, too: unknown, it is refused", async () => {
  await rm(world.lab.knownHosts, { force: true });
  const { code, stderr } = await world.call({ hosts: ["private-h1"], ssh: "Host bastion\nStrictHostKeyChecking yes" });
  assert.match(
    stderr,
    /^bgdeploy: private-h1: its host key is unknown, and your ssh_config allows only known hosts\. /,
  );
  assert.is(code, 2);
  assert.not.ok(existsSync(world.lab.knownHosts));
});

test("what a user's ssh_config says of the bastion does no harm", async () => {
  await deploys({
    hosts: ["private-h1", "private-h2"],
    ssh: `Host bastion private-*\nRemoteCommand tmux attach\nRequestTTY force\nLocalForward 127.0.0.1:22 127.0.0.1:22\nRemoteForward 22 127.0.0.1:80\nPermitLocalCommand yes\nLocalCommand echo Welcome\nForkAfterAuthentication yes\nLogLevel QUIET`,
  });
});

test("a bastion that cannot be reached is named", async () => {
  const { code, stderr } = await world.call({ hosts: ["private-h1", "private-h2"], ssh: "Host bastion\nPort 9" });
  assert.is(code, 2);
  assert.match(stderr, /^(private-h\d: .*Retrying.*\n)*bgdeploy: private-h1: .*\nbgdeploy: private-h2: .*\n$/);
  assert.match(stderr, "connection refused: no sshd is listening");
});

test("MaxSessions 2 on the hosts is enough, hooks included", async () => {
  await limit("h1", "MaxSessions 2");
  await deploys({
    settings: `pre: hook("look", async ({ $ }) => { await $\`true\`; await $\`true\`; }),
      tasks: undefined, post: hook("visit", async ({ fetch }) => { await fetch("/"); }),`,
  });
});

test("MaxSessions 1 is named, with its mend", async () => {
  await limit("h1", "MaxSessions 1");
  const { code, stdout } = await world.call();
  assert.is(code, 1, stdout);
  assert.match(
    stdout,
    "h1: upload:send: sshd allows too few sessions in one connection; bgdeploy needs two\n    Set `MaxSessions 10` in the host's /etc/ssh/sshd_config, then: sudo systemctl reload ssh\n",
  );
  await limit("h1", "MaxSessions 10");
});

test("a bastion may also be named by -J among the sshFlags", async () => {
  await deploys({ hosts: ["h1"], settings: 'sshFlags: ["-J", "bastion"],' });
  await deploys({ hosts: ["h1"], settings: 'sshFlags: ["-o", "ProxyJump=bastion"],' });
});

test("MaxStartups 2:50:3 on the bastion: 6 hosts behind it are all reached", async () => {
  await limit("bastion", "MaxStartups 2:50:3");
  await deploys({ hosts: hosts.map((host) => `private-${host}`) });
});

test.run();

async function deploys(call: Call): Promise<void> {
  const { code, stdout, stderr } = await world.call(call);
  assert.is(code, 0, stderr + stdout);
}

async function limit(machine: string, line: string): Promise<void> {
  await world.lab.exec(machine, `echo '${line}' > /etc/ssh/sshd_config.d/limit.conf; systemctl restart ssh`);
}
