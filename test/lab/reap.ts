import { setTimeout as sleep } from "node:timers/promises";
import { withLock } from "./lock.ts";
import { isAlive } from "./owner.ts";
import { lockFile } from "./places.ts";
import { reapDeadLabs } from "./reaper.ts";
import { readRecord } from "./record.ts";

// What a watchdog becomes when its lab's owner ends. The owner's files close a moment before it counts as dead.
const record = await readRecord(Number(process.argv[2]));
for (let tries = 0; tries < 500 && isOwned(); tries++) await sleep(10);
await withLock(lockFile, reapDeadLabs);

function isOwned(): boolean {
  return record?.owner !== undefined && isAlive(record.owner);
}
