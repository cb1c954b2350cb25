import { chmod, readFile, writeFile } from "node:fs/promises";
import { makeDisk, makeDisks, makeKey } from "./disk.ts";
import { boot } from "./machine.ts";
import { makeNetwork } from "./network.ts";
import { labDirectory } from "./places.ts";
import { type LabRecord, machines } from "./record.ts";
import { sshConfig, trustingSshConfig } from "./ssh-config.ts";

/** Makes all that a claimed lab consists of and boots its machines. Throws a LabError, leaving it to the caller to clear. */
export async function buildLab(record: LabRecord): Promise<void> {
  const { id, image } = record;
  const directory = labDirectory(id);
  await raiseLimits();
  await Promise.all([
    makeKey(`${directory}/key`, "bgdeploy lab"),
    writeFile(`${directory}/ssh_config`, sshConfig(record)),
    writeFile(`${directory}/trusting_ssh_config`, trustingSshConfig(record)),
    writeFile(`${directory}/known_hosts`, "", { mode: 0o600 }),
    makeDisks(id, image),
    makeNetwork(id),
  ]);
  await chmod(`${directory}/key`, 0o600);
  await inParallel(machines(record), async (machine) => {
    await makeDisk(record, machine);
    await boot(record, machine);
  });
}

/** Waits for all before it throws the first error: whoever clears up must not race with what still starts. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(items.map(work));
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/** Each systemd takes several inotify instances; the usual 128 for a user are used up by a handful of hosts. */
async function raiseLimits(): Promise<void> {
  const file = "/proc/sys/fs/inotify/max_user_instances";
  if (Number(await readFile(file, "utf8")) < 8192) await writeFile(file, "8192");
}
