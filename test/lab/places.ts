/** Where the lab keeps things on this machine. The directory is short: ssh control sockets have room for 104 bytes. */
export const labsDirectory = "/run/bgdeploy-lab";

/** The hosts' disks: on a real disk, because they outlive a power cut. */
export const disksDirectory = "/var/tmp/bgdeploy-lab";

/** Held while labs are claimed or reaped, so that no two processes take or clear the same number. */
export const lockFile = `${labsDirectory}/lock`;

/** The directory of lab number `id`: ssh_config, key, known_hosts, lab.json and one directory for each machine. */
export function labDirectory(id: number): string {
  return `${labsDirectory}/${id}`;
}

/** The directory of the disks of lab number `id`. */
export function labDisks(id: number): string {
  return `${disksDirectory}/${id}`;
}

/** The merged root directory of a machine, as this machine sees it. */
export function machineRoot(id: number, machine: string): string {
  return `${labDirectory(id)}/${machine}/root`;
}

/** What the machine's console printed over all its boots. */
export function consoleLog(id: number, machine: string): string {
  return `${labDirectory(id)}/${machine}/console.log`;
}

/** The prefix of every kernel name that belongs to lab `id`: its uplink, its network namespaces, its containers. */
export function kernelName(id: number, machine?: string): string {
  return machine === undefined ? `bgl${id}` : `bgl${id}-${machine}`;
}
