import { randomBytes } from "node:crypto";
import { chmod, copyFile, mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A build to deploy: `files` files of `size` bytes that no compression makes smaller, and the app. */
export type Dist = { readonly directory: string; readonly files: number; readonly size: number };

export const kinds = {
  large: { files: 1000, size: 50_000 },
  small: { files: 5000, size: 2000 },
} as const;
export type Kind = keyof typeof kinds;

export async function makeDist(parent: string, kind: Kind): Promise<Dist> {
  const dist = { directory: join(parent, kind), ...kinds[kind] };
  await mkdir(join(dist.directory, "bin"), { recursive: true });
  for (let index = 0; index < dist.files; index += 100)
    await mkdir(join(dist.directory, `d${index / 100}`), { recursive: true });
  for (let index = 0; index < dist.files; index++) await writeFile(pathOf(dist, index), randomBytes(dist.size));
  await copyFile(join(import.meta.dirname, "app.pl"), appOf(dist));
  await chmod(appOf(dist), 0o755);
  return dist;
}

/** Changes one file in a hundred, others in each round. */
export async function changeSome(dist: Dist, round: number): Promise<void> {
  for (let index = round % 100; index < dist.files; index += 100) {
    await writeFile(pathOf(dist, index), randomBytes(dist.size));
  }
}

/** Gives every file the time of now, as a fresh checkout and build on a CI machine has it. */
export async function touchAll(dist: Dist): Promise<void> {
  const now = new Date();
  for (let index = 0; index < dist.files; index++) await utimes(pathOf(dist, index), now, now);
  await utimes(appOf(dist), now, now);
}

function pathOf({ directory }: Dist, index: number): string {
  return join(directory, `d${Math.floor(index / 100)}`, `f${index}`);
}

function appOf({ directory }: Dist): string {
  return join(directory, "bin/app");
}
