import { readFileSync } from "node:fs";
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { type Owner, isAlive } from "./owner.ts";
import { labDirectory, labsDirectory } from "./places.ts";

/** One machine of a lab. Addresses are IPv4; only the bastion and the other hosts reach `privateAddress`. */
export interface Machine {
  readonly name: string;
  readonly address: string;
  readonly privateAddress: string;
}

/** What lab.json says: enough to find, use and clear a lab from any process. */
export interface LabRecord {
  /** 0 to 127; claimed by making the directory, and part of every name and subnet of the lab. */
  readonly id: number;
  /** Tells it from an earlier lab with its number. */
  readonly uuid: string;
  readonly name: string;
  /** The process that it dies with; `undefined`: it lives till `down`. */
  readonly owner?: Owner;
  /** The boot of this machine that it was made in; its processes and networks end with that. */
  readonly bootId: string;
  readonly image: string;
  /** Its hosts, not its bastion, have what a server has that was in use before. */
  readonly stock: boolean;
  readonly hosts: readonly Machine[];
  readonly bastion?: Machine;
}

/** All machines of a lab: its hosts, then the bastion. */
export function machines({ hosts, bastion }: LabRecord): readonly Machine[] {
  return bastion === undefined ? hosts : [...hosts, bastion];
}

/** The numbers taken by labs, complete or not, dead or alive. */
export async function claimedIds(): Promise<readonly number[]> {
  const names = await readdir(labsDirectory).catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

/** The record of lab `id`; `undefined` where there is none (or not yet). */
export async function readRecord(id: number): Promise<LabRecord | undefined> {
  const text = await readFile(recordFile(id), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const record: LabRecord = JSON.parse(text);
  return record;
}

/** Replaces the record of a lab at once, so that no reader sees half of it. */
export async function writeRecord(record: LabRecord): Promise<void> {
  const file = recordFile(record.id);
  await writeFile(`${file}.new`, JSON.stringify(record, undefined, 2));
  await rename(`${file}.new`, file);
}

/** The labs that are up, by number. */
export async function liveLabs(): Promise<readonly LabRecord[]> {
  const records = await Promise.all((await claimedIds()).map(readRecord));
  return records.filter((record) => record !== undefined).filter(isLive);
}

/** Does someone still want this lab? */
export function isLive({ bootId, owner }: LabRecord): boolean {
  return bootId === thisBoot() && (owner === undefined || isAlive(owner));
}

/** Names the present boot of this machine. */
export function thisBoot(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

function recordFile(id: number): string {
  return `${labDirectory(id)}/lab.json`;
}
