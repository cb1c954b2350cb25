import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import * as assert from "uvu/assert";
import { run } from "../lab/command.ts";
import { labSuite } from "../lab/suite.ts";
import type { Call, World } from "../world/support/world.ts";
import { aWorld, fingerprint } from "../world/support/world.ts";

const test = labSuite("hosts that cannot be reached");
let world: World;

/** Before the lab's own: names for what goes wrong. `late` is an sshd that accepts and says nothing. */
let names = "";

test.before(async () => {
  world = await aWorld({ hosts: 3, bastion: false, name: "bad-connection" });
  const late = createServer().listen(0, "127.0.0.1").unref();
  late.on("connection", (socket) => socket.unref());
  await once(late, "listening");
  names = `Host closed
  HostName ${world.lab.hosts[0]?.address}
  Port 9
Host late
  HostName 127.0.0.1
  Port ${(late.address() as AddressInfo).port}
Host nowhere
  HostName no-such-host.invalid
Host stranger
  HostName ${world.lab.hosts[0]?.address}
  HostKeyAlias h1
  UserKnownHostsFile ${world.lab.knownHosts}
  User stranger
  IdentityFile ${world.lab.key}
Host *
  ConnectTimeout 2`;
});

test.after(() => world.close());

const rows: Readonly<Record<string, readonly [host: string, says: string]>> = {
  "a name that does not resolve": [
    "nowhere",
    "nowhere: there is no host named no-such-host.invalid. Check `hosts` in deploy.config.ts, and the HostName in your ssh_config",
  ],
  "a port where nothing listens": [
    "closed",
    "closed: connection refused: no sshd is listening. To inspect: $SSH -v closed",
  ],
  "a user who may not come in": [
    "stranger",
    "stranger: ssh login failed (publickey). Check the user and the key: $SSH stranger. For a key with a passphrase, use a terminal, or add the key once: ssh-add",
  ],
  "an sshd that accepts and never answers": [
    "late",
    "late: unreachable. Is it up? To continue without it: --except late",
  ],
};

for (const [name, [host, says]] of Object.entries(rows)) {
  test(`${name} is a sentence`, () => refused({ hosts: [host] }, [says]));
}

test("a host whose cable is cut is given up after ConnectTimeout", async () => {
  await world.lab.cut("h2");
  const before = performance.now();
  await refused({ hosts: ["h2"] }, ["h2: unreachable. Is it up? To continue without it: --except h2"]);
  assert.ok(performance.now() - before < 20_000);
});

test("all bad hosts are named at once, and the good one is untouched", async () => {
  const before = await fingerprint(world.lab, "h1");
  await refused({ hosts: ["h1", "h2", ...Object.values(rows).map(([host]) => host)] }, [
    "h2: unreachable. Is it up? To continue without it: --except h2",
    ...Object.values(rows).map(([, says]) => says),
  ]);
  assert.is(await fingerprint(world.lab, "h1"), before);
});

test("the deploy goes on without it by --except, and with it when it is back", async () => {
  const without = await world.call({ hosts: ["h1", "h2"], ssh: names, words: ["run", "production", "--except", "h2"] });
  assert.is(without.code, 0, without.stderr);
  await world.lab.mend("h2");
  assert.is((await world.call({ hosts: ["h1", "h2"], ssh: names })).code, 0);
});

test("a changed host key is refused, and the mend that is named helps", async () => {
  await world.call({ hosts: ["h3"], words: ["plan", "production"] });
  await world.lab.exec(
    "h3",
    "rm /etc/ssh/ssh_host_ed25519_key*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; systemctl restart ssh",
  );
  const before = await fingerprint(world.lab, "h3");
  const { code, stderr } = await world.call({ hosts: ["h3"] });
  const mend = `ssh-keygen -f ${world.lab.knownHosts} -R 'h3'`;
  assert.match(
    stderr,
    /^bgdeploy: h3: its host key has changed \(it differs from \S+\/known_hosts:\d+\). Someone may be intercepting the connection, or the host was reinstalled\. /,
  );
  assert.ok(stderr.endsWith(`If it was reinstalled, remove the old key: ${mend}\n`), stderr);
  assert.is(code, 2);
  assert.is(await fingerprint(world.lab, "h3"), before);

  assert.is((await run(["sh", "-c", mend])).code, 0);
  assert.is((await world.call({ hosts: ["h3"] })).code, 0);
});

test.run();

async function refused(call: Call, says: readonly string[]): Promise<void> {
  const { code, stderr } = await world.call({ ...call, ssh: names });
  // A refused connection is tried again, which is said before.
  const shown = stderr.replaceAll(/ssh -F \S+/g, "$SSH").replace(/^closed: .*Retrying for a few seconds\n/, "");
  assert.is(shown, says.map((line) => `bgdeploy: ${line}\n`).join(""));
  assert.is(code, 2);
}
