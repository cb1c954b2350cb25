import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { LabError } from "./lab-error.ts";

/**
 * Does `work` while this process alone holds the lock `file` (created if missing), waiting for it as long as it takes.
 * The lock cannot go stale: flock(1) holds it for as long as its stdin, a pipe from this process, is open.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const holder = spawn("flock", [file, "sh", "-c", "echo held; read -r line"], {
    detached: true, // Ctrl-C in the terminal must not free the lock while we clean up
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = new Promise<"ended">((resolve) => {
    holder.once("close", () => resolve("ended"));
    holder.once("error", () => resolve("ended"));
  });
  const first = await Promise.race([once(holder.stdout, "data"), ended]);
  if (first === "ended") throw new LabError(`Cannot lock ${file}.`);
  try {
    return await work();
  } finally {
    holder.stdin.on("error", () => undefined);
    holder.stdin.end();
    await ended;
  }
}
