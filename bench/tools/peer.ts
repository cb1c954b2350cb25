import { copyFile, cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ToolName, siteOf, unitText } from "../site.ts";

const peers = join(import.meta.dirname, "../peers");

/** Puts a peer's own files into its directory, with the unit and the steps that all peers share. */
export async function preparePeer(name: ToolName, directory: string): Promise<void> {
  await cp(join(peers, name), directory, { recursive: true });
  for (const script of ["wait-health.sh", "wait-drain.sh"])
    await copyFile(join(peers, script), join(directory, script));
  await writeFile(join(directory, "unit"), unitText(siteOf(name)));
}
