import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { until } from "../lock/support/until.ts";
import { bgdeployWords } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";

const test = labSuite("loud hooks");
let scene: Scene;
test.before(async () => {
  scene = await aScene("loud", { hosts: ["h1"] });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

/** Millions of a letter that is in nothing else that is said, a thousand a line. */
const loud = (letter: string, millions: number): string =>
  `head -c ${millions}000000 /dev/zero | tr '\\0' '${letter}' | fold -w 1000; echo`;

type Heard = {
  readonly code: number | null;
  /** How often each byte came. */
  readonly counts: Readonly<Record<string, number>>;
  readonly end: string;
  /** The most memory that it took, in MB. */
  readonly peak: number;
};

/** Deploys this version with the output in a pipe that nobody reads before `late`. */
async function hear(late: Promise<unknown>, version: string, ...flags: readonly string[]): Promise<Heard> {
  await scene.project.build(version);
  const [file = "", ...words] = [...bgdeployWords, "run", "production", "--version", version, ...flags];
  const child = spawn(file, words, { cwd: scene.project.directory, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit") as Promise<[number | null]>;
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, peakOf(child.pid))), 50);
  await late;
  const counts = new Uint32Array(128);
  let end = Buffer.from("");
  for await (const piece of child.stdout as AsyncIterable<Buffer>) {
    for (let index = 0; index < piece.length; index += 1) counts[piece[index] ?? 0]! += 1;
    end = Buffer.concat([end, piece]).subarray(-2000);
  }
  const [code] = await ended;
  clearInterval(watch);
  const named = [...counts].map((count, byte) => [String.fromCharCode(byte), count]);
  return { code, counts: Object.fromEntries(named), end: end.toString(), peak };
}

function peakOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1000;
  } catch {
    // It has ended.
    return 0;
  }
}

/** A hook that runs such a script with each of these shells. */
const loudHook = (shells: string, millions: number): string => `
  pre: hook("loud", async ({ $, local }) => {
    const script = (letter) => ["sh", "-c", ${JSON.stringify(loud("LETTER", millions))}.replace("LETTER", letter)];
    await Promise.all([${shells}]);
  }),`;

const cases = [
  ["--plain", "a hook prints on both sides", loudHook("$`${script('~')}`, local`${script('^')}`", 60), "60 ~, 60 ^"],
  ["--json", "a script prints", `pre: "pre.sh",`, "100 ~, 0 ^"],
] as const;

for (const [flag, what, settings, all] of cases) {
  test(`${flag}: what ${what} into a pipe that is read late comes out, and little of it is held`, async () => {
    await scene.project.write({ settings, hosts: ["h1"], files: { "pre.sh": loud("~", 100) } });
    const { code, counts, end, peak } = await hear(wait(4000), `v2${flag}`, flag);
    assert.is(code, 0, end);
    const came = ["~", "^"].map((letter) => `${Math.floor((counts[letter] ?? 0) / 1e6)} ${letter}`);
    assert.is(came.join(", "), all);
    assert.ok(peak < 350, `${peak} MB were held`);
  });
}

test("a run that says less than some megabytes ends on the hosts before anyone reads", async () => {
  await scene.project.write({ settings: `pre: "pre.sh",`, hosts: ["h1"], files: { "pre.sh": loud("~", 3) } });
  const ends = until(async () => ((await served(scene.lab, "h1")).startsWith("v3 ") ? [] : ["v3"]), 30_000);
  const late = ends.then(() => said(scene.lab, "h1", "flock -w 20 /opt/link-shortener/.bgdeploy true"));
  const { code, counts, end } = await hear(late, "v3");
  assert.equal([code, await ends], [0, []], end);
  assert.is(Math.floor((counts["~"] ?? 0) / 1e6), 3);
});

test.run();
