import { randomBytes } from "node:crypto";
import { appendFile, chmod, chown, mkdir, readFile, writeFile } from "node:fs/promises";
import { mustRun, run } from "./command.ts";
import { labDirectory, labDisks, machineRoot } from "./places.ts";
import { furnish } from "./stock.ts";
import { type LabRecord, type Machine, machines } from "./record.ts";

/** Makes the directory of a lab's disks. Where overlays cannot lie on that file system (another overlay), it is in memory. */
export async function makeDisks(id: number, image: string): Promise<void> {
  const disks = labDisks(id);
  await mkdir(disks, { recursive: true, mode: 0o700 });
  const trial = `${disks}/trial`;
  for (const name of ["upper", "work", "root"]) await mkdir(`${trial}/${name}`, { recursive: true });
  if ((await run(mountWords(image, trial, `${trial}/root`))).code === 0) await mustRun(["umount", `${trial}/root`]);
  else await mustRun(["mount", "-t", "tmpfs", "-o", "mode=700", "tmpfs", disks]);
}

/** Makes a machine's disk, an overlay over the image, mounts it, and writes what no two machines share. */
export async function makeDisk(record: LabRecord, machine: Machine): Promise<void> {
  const disk = `${labDisks(record.id)}/${machine.name}`;
  const root = machineRoot(record.id, machine.name);
  for (const directory of [`${disk}/upper`, `${disk}/work`, root]) await mkdir(directory, { recursive: true });
  await chmod(`${disk}/upper`, 0o755); // becomes the host's /
  await mustRun(mountWords(record.image, disk, root));

  await writePublic(`${root}/etc/hostname`, `${machine.name}\n`);
  await writePublic(`${root}/etc/machine-id`, `${randomBytes(16).toString("hex")}\n`);
  await writePublic(`${root}/etc/hosts`, hostsFile(record, machine));
  if (record.stock && machine !== record.bastion) await furnish(root, machine);
  await makeKey(`${root}/etc/ssh/ssh_host_ed25519_key`, machine.name);

  const key = await readFile(`${labDirectory(record.id)}/key.pub`);
  for (const [home, uid] of [
    ["root", 0],
    ["home/deploy", 1000],
  ] as const) {
    const file = `${root}/${home}/.ssh/authorized_keys`;
    await appendFile(file, key, { mode: 0o600 });
    await chown(file, uid, uid);
  }
}

/** Makes an ed25519 key pair without a passphrase: `file` (0600) and `file`.pub. */
export async function makeKey(file: string, comment: string): Promise<void> {
  await mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", file]);
}

/** Readable by all users of the host, whatever the umask here. */
async function writePublic(file: string, text: string): Promise<void> {
  await writeFile(file, text);
  await chmod(file, 0o644);
}

function mountWords(lower: string, disk: string, root: string): readonly string[] {
  const escaped = lower.replaceAll(/[\\:,]/g, "\\$&");
  const options = `lowerdir=${escaped},upperdir=${disk}/upper,workdir=${disk}/work`;
  return ["mount", "-t", "overlay", "-o", options, "overlay", root];
}

function hostsFile(record: LabRecord, self: Machine): string {
  const others = machines(record).map(({ name, address }) => `${address} ${name}`);
  return ["127.0.0.1 localhost", `127.0.1.1 ${self.name}`, ...others, ""].join("\n");
}
