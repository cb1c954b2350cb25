import type { Lab } from "../../lab/lab.ts";

/** What was seen of a file that something else writes: how often it was read, how often it was away, its contents. */
export type Sightings = { readonly reads: number; readonly missing: number; readonly contents: readonly string[] };

/** Reads a file on a host over and over, as fast as it goes, until it is told to stop. */
export function watchFile(lab: Lab, host: string, path: string): { stop(): Promise<Sightings> } {
  const stop = `/tmp/stop-watch-${crypto.randomUUID()}`;
  const said = lab.exec(host, `timeout 300 node --input-type=module - ${path} ${stop}`, watcher);
  said.catch(() => undefined);
  return {
    async stop() {
      await lab.exec(host, `touch ${stop}`);
      const { code, stdout, stderr } = await said;
      if (code !== 0) throw new Error(`the watcher ended with ${code}: ${stderr}`);
      return JSON.parse(stdout) as Sightings;
    },
  };
}

const watcher = `
import { existsSync, readFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
const [path, stop] = process.argv.slice(2);
const contents = new Set();
let [reads, missing] = [0, 0];
while (!existsSync(stop)) {
  for (let i = 0; i < 50; i += 1) {
    reads += 1;
    try {
      contents.add(readFileSync(path, "utf8"));
    } catch {
      missing += 1;
    }
  }
  await turn();
}
console.log(JSON.stringify({ reads, missing, contents: [...contents].sort() }));
`;
