import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What was seen of all processes while one watched: where the needle stood, and how often one looked. */
export type Sight = { readonly rounds: number; readonly found: readonly string[]; readonly hosts: readonly string[] };

/** Watches the command lines and environments of all processes, of this machine and of the lab's hosts. */
export async function watchProcesses(needle: string): Promise<{ end(): Promise<Sight> }> {
  const program = fileURLToPath(new URL("watcher.ts", import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stdin.end(needle);
  await once(child.stdout, "data");
  return {
    async end() {
      child.kill("SIGTERM");
      await once(child, "close");
      return JSON.parse(text.slice(text.indexOf("{")));
    },
  };
}
