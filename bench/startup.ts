import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { Invocation } from "./client.ts";
import type { Ground } from "./ground.ts";
import { median } from "./stats.ts";
import { bgdeploy, bin } from "./tools/bgdeploy.ts";
import { floor } from "./tools/floor.ts";

/** Milliseconds, medians: `node -e 0`, what bgdeploy takes to say little, and from a command to its first ssh. */
export type StartUps = {
  readonly node: number;
  readonly version: number;
  readonly help: number;
  readonly firstSsh: { readonly floor: number; readonly bgdeploy: number };
};

export async function startUps(ground: Ground, scratch: string, rounds: number): Promise<StartUps> {
  const times = { node: [] as number[], version: [] as number[], help: [] as number[] };
  const ways: readonly [number[], readonly string[]][] = [
    [times.node, ["-e", "0"]],
    [times.version, [bin, "--version"]],
    [times.help, [bin, "--help"]],
  ];
  for (let round = 0; round < 3 * rounds; round++) {
    for (const [list, words] of ways) list.push(await timed([process.execPath, ...words]));
  }
  const first = { floor: [] as number[], bgdeploy: [] as number[] };
  const network = await ground.network(0);
  const { directory: dist } = await ground.dist("large");
  const work = { dist, version: "none", hosts: ground.hosts(1), network, settle: 0 };
  for (let round = 0; round < rounds; round++) {
    for (const tool of [floor, bgdeploy] as const) {
      const invocation = await tool.command(join(scratch, tool.name), "deploy", work);
      first[tool === floor ? "floor" : "bgdeploy"].push(await untilFirstSsh(invocation, join(scratch, "fake")));
    }
  }
  return {
    node: median(times.node),
    version: median(times.version),
    help: median(times.help),
    firstSsh: { floor: median(first.floor), bgdeploy: median(first.bgdeploy) },
  };
}

async function timed(words: readonly string[]): Promise<number> {
  const [file = "", ...rest] = words;
  const began = performance.now();
  await once(spawn(file, rest, { stdio: "ignore" }), "exit");
  return performance.now() - began;
}

/** The command meets an ssh that writes down when it was started, and fails. */
async function untilFirstSsh({ words, cwd, env }: Invocation, directory: string): Promise<number> {
  await mkdir(directory, { recursive: true });
  const [times, ssh] = [join(directory, "times"), join(directory, "ssh")];
  await writeFile(ssh, `#!/bin/bash\necho $EPOCHREALTIME >>${times}\nexit 255\n`);
  await chmod(ssh, 0o755);
  await rm(times, { force: true });
  const [file = "", ...rest] = words;
  const began = performance.timeOrigin + performance.now();
  const all = { ...process.env, ...env, PATH: `${directory}:${process.env["PATH"]}` };
  await once(spawn(file, rest, { cwd, env: all, stdio: "ignore" }), "exit");
  const [first] = (await readFile(times, "utf8")).split("\n");
  return Number(first) * 1000 - began;
}
