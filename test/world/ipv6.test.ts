import { readFile, writeFile } from "node:fs/promises";
import * as assert from "uvu/assert";
import { mustRun } from "../lab/command.ts";
import { kernelName } from "../lab/places.ts";
import { labSuite } from "../lab/suite.ts";
import type { Call, World } from "./support/world.ts";
import { aWorld } from "./support/world.ts";

const test = labSuite("IPv6");
let world: World;
/** Lines of an ssh_config that let ssh in by address. */
let ssh: string;
/** The device of this machine that leads to the hosts. */
let device: string;

test.before(async () => {
  world = await aWorld({ hosts: 2, bastion: false, name: "world-ipv6" });
  device = kernelName(world.lab.id);
  await writeFile(`/proc/sys/net/ipv6/conf/${device}/disable_ipv6`, "0");
  await mustRun(["ip", "-6", "address", "add", "fdb6::1/64", "dev", device, "nodad"]);
  for (const [index, { name }] of world.lab.hosts.entries())
    await world.lab.exec(name, `ip -6 address add fdb6::1${index + 1}/64 dev eth0 nodad`);
  ssh = `Host fdb6::* fe80::*
  User deploy
  IdentityFile ${world.lab.key}
  IdentitiesOnly yes
  UserKnownHostsFile ${world.lab.knownHosts}`;
});

test.after(() => world.close());

test("hosts are deployed to by their addresses, also as user@address and in brackets", async () => {
  await deploys({ hosts: ["deploy@fdb6::11", "[fdb6::12]"] });
  assert.equal(await serving(), ["blue\n", "blue\n"]);
});

test("a link-local address with its zone leads to the host, too", async () => {
  const { stdout } = await world.lab.exec("h1", "ip -6 -o address show dev eth0 scope link");
  const address = /fe80::[\w:]+/.exec(stdout)?.[0] ?? "";
  await deploys({ hosts: [`${address}%${device}`] });
  assert.equal(await serving(), ["green\n", "blue\n"]);
});

test("--join brings the release from one address to another", async () => {
  const hosts = ["fdb6::11", "fdb6::12"];
  await deploys({ hosts, words: ["run", "production", "--join", "[fdb6::12]"] });
  assert.equal(await serving(), ["green\n", "green\n"]);
});

test("the keys of addresses are pinned", async () => {
  const settings = `knownHosts: "pins",`;
  const words = ["doctor", "production", "--pin", "--yes"];
  await world.call({ hosts: ["fdb6::11"], ssh, settings, words });
  assert.match(await readFile(`${world.directory}/pins`, "utf8"), /^fdb6::11 ssh-ed25519 /);
  await deploys({ hosts: ["fdb6::11"], settings });
});

test.run();

async function deploys(call: Call): Promise<void> {
  const { code, stdout, stderr } = await world.call({ ssh, ...call });
  assert.is(code, 0, stderr + stdout);
}

/** What the sites serve over IPv6, in the order of the hosts. */
function serving(): Promise<readonly string[]> {
  const hosts = world.lab.hosts.map((_, index) => `http://[fdb6::1${index + 1}]/`);
  const headers = { connection: "close" };
  return Promise.all(hosts.map((url) => fetch(url, { headers }).then((answer) => answer.text(), String)));
}
