import { chmod, mkdir, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Project } from "../../support/project.ts";

/** Makes uploads of a project take some seconds, and gives the directory to put first in PATH: its rsync is a slow one. */
export async function slowUpload({ directory }: Project): Promise<string> {
  await writeFile(join(directory, "dist/large"), randomBytes(600_000));
  const path = join(directory, "../slow");
  await mkdir(path, { recursive: true });
  const real = 'PATH=${PATH#*:} exec rsync --bwlimit=200k "$@"';
  await writeFile(join(path, "rsync"), `#!/bin/sh\n${real}\n`);
  await chmod(join(path, "rsync"), 0o755);
  return path;
}
