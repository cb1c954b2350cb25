import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { mustRun, run } from "./command.ts";
import { kernelName } from "./places.ts";
import { type Machine } from "./record.ts";

/*
 * All cables of a lab end in a network namespace of its own, the switch, with two bridges: `public` and `private`. This
 * machine holds one cable into `public` and nothing of `private`; no firewall of this machine sees what hosts say to
 * each other, and nothing is forwarded.
 */

/** How many labs fit into 10.231.0.0/16: each takes two /24, public and private. */
export const labsAtMost = 128;

/** The public address of machine number `n` (1: this machine, 2: the bastion, 11 and up: hosts). */
export function publicAddress(id: number, n: number): string {
  return `10.231.${2 * id}.${n}`;
}

/** The private address of machine number `n`. */
export function privateAddress(id: number, n: number): string {
  return `10.231.${2 * id + 1}.${n}`;
}

/** Does this machine already have a route or a device that lab `id` would need? */
export async function isTaken(id: number): Promise<boolean> {
  if ((await run(["ip", "link", "show", "dev", kernelName(id)])).code === 0) return true;
  const routes = await mustRun(["ip", "-4", "-o", "route", "show", "table", "all"]);
  return [publicAddress(id, 0), privateAddress(id, 0)].some((network) => routes.includes(network.slice(0, -1)));
}

/** Makes the switch and this machine's cable into its public side. */
export async function makeNetwork(id: number): Promise<void> {
  const name = kernelName(id);
  await mustRun(["ip", "netns", "add", name]);
  await ip([`link add ${name} type veth peer name uplink netns ${name}`]);
  await writeFile(`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`, "1").catch(() => undefined);
  await ip(
    [
      "link add public type bridge",
      "link add private type bridge",
      "link set uplink master public",
      "link set uplink up",
      "link set public up",
      "link set private up",
    ],
    name,
  );
  await ip([
    `addr add ${publicAddress(id, 1)}/24 dev ${name}`,
    `link set ${name} up`,
    // Without it this machine would try its default route and send a lab's packets to a stranger.
    `route add unreachable ${privateAddress(id, 0)}/24`,
  ]);
}

/** Gives a machine its network namespace with two cables into the switch: eth0 to `public`, eth1 to `private`. */
export async function plugIn(id: number, machine: Machine): Promise<string> {
  const netns = kernelName(id, machine.name);
  const [outer, inner] = cables(machine);
  await mustRun(["ip", "netns", "add", netns]);
  await ip(
    [
      `link add ${outer} type veth peer name eth0 address ${mac(machine.address)} netns ${netns}`,
      `link add ${inner} type veth peer name eth1 address ${mac(machine.privateAddress)} netns ${netns}`,
      `link set ${outer} master public`,
      `link set ${inner} master private`,
      `link set ${outer} up`,
      `link set ${inner} up`,
    ],
    kernelName(id),
  );
  await ip(
    [
      "link set lo up",
      `addr add ${machine.address}/24 dev eth0`,
      `addr add ${machine.privateAddress}/24 dev eth1`,
      "link set eth0 up",
      "link set eth1 up",
    ],
    netns,
  );
  return `/run/netns/${netns}`;
}

/** Cuts or mends both cables of a machine. */
export async function setLink(id: number, machine: Machine, state: "up" | "down"): Promise<void> {
  await ip(
    cables(machine).map((cable) => `link set ${cable} ${state}`),
    kernelName(id),
  );
}

/**
 * Lets others know where a machine is whose cables were plugged in again: who has asked for it in vain refuses it for some
 * more seconds. An address that is asked for by the machine itself learns of it.
 */
export async function greet(id: number, machine: Machine, addresses: readonly string[]): Promise<void> {
  const text = 'for address; do timeout 5 bash -c ": <>/dev/tcp/$address/22"; done';
  await run(["ip", "netns", "exec", kernelName(id, machine.name), "bash", "-c", text, "greet", ...addresses]);
}

/** Takes the machine's namespace and cables away, with every connection in them: a later boot starts from nothing. */
export async function unplug(id: number, machine: Machine): Promise<void> {
  const netns = kernelName(id, machine.name);
  if (!existsSync(`/run/netns/${netns}`)) return;
  for (const cable of cables(machine)) await run(["ip", "-n", kernelName(id), "link", "del", cable]);
  await run(["ip", "netns", "del", netns]);
}

/** Removes whatever is there of the lab's networks, also of half-made ones. */
export async function removeNetwork(id: number): Promise<void> {
  const name = kernelName(id);
  await run(["ip", "link", "del", name]); // at once; with its namespace it would go some time later
  await run(["ip", "route", "del", "unreachable", `${privateAddress(id, 0)}/24`]);
  const all = await readdir("/run/netns").catch(() => []);
  const ours = all.filter((netns) => netns === name || netns.startsWith(`${name}-`));
  await Promise.all(ours.map((netns) => run(["ip", "netns", "del", netns])));
}

/** The names of a machine's two cables, on the switch's side. */
function cables({ name }: Machine): readonly [string, string] {
  return [name, `${name}-p`];
}

/** Made from the address, so that a rebooted machine is the one that its neighbours remember. */
function mac(address: string): string {
  const bytes = address.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"));
  return ["02", "00", ...bytes].join(":");
}

async function ip(lines: readonly string[], netns?: string): Promise<void> {
  await mustRun(["ip", ...(netns === undefined ? [] : ["-n", netns]), "-batch", "-"], lines.join("\n"));
}
