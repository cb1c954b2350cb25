import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { Ended } from "../support/bgdeploy.ts";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";

const test = labSuite("security: host keys");
let scene: Scene;

test.before(async () => {
  scene = await aScene("host-keys", { setUp: false });
});

test.after(() => scene.end());

// This machine knows nobody, like a new one of a CI.
test.before.each(() => writeFile(scene.lab.knownHosts, ""));

const inCi = { CI: "true" };
const pinned = 'knownHosts: "infra/known_hosts",';

const known = (): Promise<string> => readFile(scene.lab.knownHosts, "utf8");
const pins = (): Promise<string> => readFile(join(scene.project.directory, "infra/known_hosts"), "utf8");
const there = (env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  scene.project.runWith(env, "exec", "production", "--", "echo", "reached");

/** The key that a machine shows, as known_hosts has it. */
async function keyOf(machine: string): Promise<string> {
  const { stdout } = await scene.lab.exec(machine, "cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub");
  return `${machine} ${stdout}`;
}

test("a CI does not log in at whoever answers, and is told how to pin keys", async () => {
  const { stderr } = ended(await there(inCi), 2);
  assert.is(
    stderr,
    'bgdeploy: private-h1: the host key of bastion is unknown, and in CI only known keys are accepted. Pin it in the repository, from a machine that knows the host: bgdeploy doctor production --pin, and with knownHosts: "infra/known_hosts" in the config\n',
  );
  assert.is(await known(), "");
});

test("the drop-in accepts what it does not know, as the spec has it, in a CI too", async () => {
  const flags = `-F ${scene.lab.sshConfig}`;
  await scene.project.runWith(inCi, "deploy", "--dry-run", "--ssh-flags", flags, "dist", "v1", "private-h1");
  assert.match(await known(), /^bastion ssh-ed25519 .*\nh1 ssh-ed25519 .*\n$/s);
});

test("keys that nobody has compared are not pinned unasked", async () => {
  const { stdout } = await scene.project.run("doctor", "production", "--pin");
  const { stdout: own } = await scene.lab.exec("h1", "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub");
  const [, fingerprint = ""] = own.split(" ");
  assert.match(stdout, `256 ${fingerprint} h1 (ED25519)`);
  assert.match(stdout, "Not pinned. To pin them without a prompt, add --yes\n");
  assert.is(await pins().catch(() => "none"), "none");
  assert.is(await known(), "");
});

test("keys are pinned for the hosts and the bastion before them, in order, and hold in a CI", async () => {
  const { stdout } = await scene.project.run("doctor", "production", "--pin", "--yes");
  assert.match(stdout, 'Wrote infra/known_hosts. Add to the config: knownHosts: "infra/known_hosts"\n');
  const both = `${await keyOf("bastion")}${await keyOf("h1")}`;
  assert.is(await pins(), both);
  await scene.project.write({ settings: pinned });
  assert.match(succeeded(await there(inCi)).stdout, "reached");
  assert.match((await scene.project.run("doctor", "production", "--pin")).stdout, "infra/known_hosts is up to date.\n");
  assert.equal([await pins(), await known()], [both, ""]);
});

test("what this machine knows is pinned without a question", async () => {
  await rm(join(scene.project.directory, "infra/known_hosts"));
  await writeFile(scene.lab.knownHosts, `${await keyOf("h1")}${await keyOf("bastion")}`);
  const { stdout } = await scene.project.run("doctor", "production", "--pin");
  assert.not.match(stdout, "does not know");
  assert.is(await pins(), `${await keyOf("bastion")}${await keyOf("h1")}`);
});

test("with pinned keys a host that has none there is refused, and nothing is written", async () => {
  const bastion = await keyOf("bastion");
  await writeFile(join(scene.project.directory, "infra/known_hosts"), bastion);
  const { stderr } = ended(await there(), 2);
  assert.is(
    stderr,
    "bgdeploy: private-h1: the host key of h1 is not pinned. Pin it in the repository, from a machine that knows the host: bgdeploy doctor production --pin\n",
  );
  assert.is(await pins(), bastion);
});

test("a host that shows another key than the pinned one gets nothing, also not a new pin, until the old one is forgotten", async () => {
  const former = `${await keyOf("bastion")}${await keyOf("h1")}`;
  await writeFile(join(scene.project.directory, "infra/known_hosts"), former);
  await scene.lab.exec("h1", "rm /etc/ssh/ssh_host_*; ssh-keygen -q -A && systemctl restart ssh");
  const changed = ended(await there(), 2).stderr;
  const file = join(scene.project.directory, "infra/known_hosts");
  assert.is(
    changed,
    `bgdeploy: private-h1: its host key has changed (it differs from ${file}:2). Someone may be intercepting the connection, or the host was reinstalled. If it was reinstalled, remove the old key: ssh-keygen -f ${file} -R 'h1', and pin the new one: bgdeploy doctor production --pin\n`,
  );
  const { stdout } = ended(await scene.project.run("doctor", "production", "--pin", "--yes"), 1);
  assert.match(stdout, `Not pinned:\n  private-h1: h1 presents a host key that differs from the known one`);
  assert.is(await pins(), former);
  const forget = /(ssh-keygen -f \S+ -R) '?h1/.exec(changed)?.[0] ?? "";
  assert.is(forget.startsWith("ssh-keygen"), true);
  await writeFile(file, former.split("\n").slice(0, 1).join("\n"));
  await scene.project.run("doctor", "production", "--pin", "--yes");
  assert.is(await pins(), `${await keyOf("bastion")}${await keyOf("h1")}`);
  assert.match(succeeded(await there(inCi)).stdout, "reached");
});

test.run();
