import { randomInt, randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { LabError } from "./lab-error.ts";
import { isTaken, labsAtMost, privateAddress, publicAddress } from "./network.ts";
import { thisProcess } from "./owner.ts";
import { labDirectory } from "./places.ts";
import { clearLab } from "./reaper.ts";
import { type LabRecord, type Machine, claimedIds, thisBoot, writeRecord } from "./record.ts";

/** What a lab is to be. */
export interface Claim {
  readonly name: string;
  /** How many. */
  readonly hosts: number;
  readonly bastion: boolean;
  readonly image: string;
  readonly stock: boolean;
}

/** Takes a free number for a lab of this process and writes its record. The caller holds the lock. */
export async function claimLab({ name, hosts, bastion, image, stock }: Claim): Promise<LabRecord> {
  const id = await freeId();
  await clearLab(id); // a power cut of this machine itself leaves disks without a lab
  await mkdir(labDirectory(id), { mode: 0o700 });
  const machine = (name: string, n: number): Machine => ({
    name,
    address: publicAddress(id, n),
    privateAddress: privateAddress(id, n),
  });
  const record: LabRecord = {
    id,
    uuid: randomUUID(),
    name,
    owner: thisProcess(),
    bootId: thisBoot(),
    image,
    stock,
    hosts: Array.from({ length: hosts }, (_, index) => machine(`h${index + 1}`, 11 + index)),
    ...(bastion ? { bastion: machine("bastion", 2) } : {}),
  };
  await writeRecord(record);
  return record;
}

async function freeId(): Promise<number> {
  const claimed = new Set(await claimedIds());
  const first = randomInt(labsAtMost); // so that a number is not used again at once: what is left of a lab would show
  for (let n = 0; n < labsAtMost; n++) {
    const id = (first + n) % labsAtMost;
    if (!claimed.has(id) && !(await isTaken(id))) return id;
  }
  throw new LabError(`All ${labsAtMost} lab numbers are taken.`);
}
