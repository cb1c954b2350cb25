import { labDirectory } from "./places.ts";
import { type LabRecord, type Machine } from "./record.ts";

/**
 * The ssh_config of a lab: `h1` and `root-h1` on the public network, `private-h1` and `root-private-h1` through the
 * bastion, `bastion` and `root-bastion`. Each is a block of its own, as in a config that a person would write.
 */
export function sshConfig(record: LabRecord): string {
  const { id, hosts, bastion } = record;
  const both = (machine: Machine): readonly string[] => [
    block(id, machine.name, "deploy", machine.address, machine.name),
    block(id, `root-${machine.name}`, "root", machine.address, machine.name),
  ];
  const hidden = (machine: Machine): readonly string[] => [
    block(id, `private-${machine.name}`, "deploy", machine.privateAddress, machine.name, "bastion"),
    block(id, `root-private-${machine.name}`, "root", machine.privateAddress, machine.name, "bastion"),
  ];
  const blocks = [
    ...hosts.flatMap(both),
    ...(bastion === undefined ? [] : [...both(bastion), ...hosts.flatMap(hidden)]),
  ];
  return blocks.join("\n");
}

/**
 * The same for people and tests in a hurry: unknown host keys are taken, also the bastion's on the way to a private host,
 * which no `-o StrictHostKeyChecking` on the command line reaches.
 */
export function trustingSshConfig({ id }: LabRecord): string {
  return `Include ${labDirectory(id)}/ssh_config\n\nHost *\n  StrictHostKeyChecking accept-new\n  LogLevel ERROR\n`;
}

function block(id: number, alias: string, user: string, address: string, machine: string, jump?: string): string {
  const directory = labDirectory(id);
  const lines = [
    `Host ${alias}`,
    `HostName ${address}`,
    `User ${user}`,
    `IdentityFile ${directory}/key`,
    "IdentitiesOnly yes",
    `HostKeyAlias ${machine}`,
    `UserKnownHostsFile ${directory}/known_hosts`,
    ...(jump === undefined ? [] : [`ProxyJump ${jump}`]),
  ];
  return `${lines.join("\n  ")}\n`;
}
