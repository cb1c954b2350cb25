import { writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { program } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import { startClient } from "./support/client.ts";

const test = labSuite("an upload");
let scene: Scene;
test.before(async () => {
  scene = await aScene("upload", { hosts: ["h1"] });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

const versions = (): Promise<string> => said(scene.lab, "h1", "cd /opt/link-shortener/versions; ls -A");

/** A package with this many files in one directory: the host's end asks for all of them at once. */
async function buildMany(version: string, files: number): Promise<void> {
  await scene.project.build(version);
  const directory = join(scene.project.directory, "dist/icons");
  await mkdir(directory);
  for (let index = 0; index < files; index += 1) writeFileSync(join(directory, `${index}.js`), `${index}`);
}

test("cut while it sends many files, it is undone when the host's end writes no more: nothing is left, exit 1", async () => {
  await buildMany("v2", 30_000);
  const client = startClient(["run", "production", "--version", "v2"], scene.project.directory);
  assert.ok(await client.reaches(({ text }) => text.startsWith("rsync ")));
  await wait(1500);
  const { stdout } = await program(["pgrep", "-f", `^rsync .*${scene.project.directory}/dist/ `], { cwd: "/" });
  for (const pid of stdout.trim().split("\n")) process.kill(Number(pid), "SIGKILL");
  const run = ended(await client.ended, 1);
  assert.match(run.stdout, "v1 (blue) is still live on h1.");
  assert.not.match(await versions(), /v2|partial/);
});

test("30,000 files in one directory go up", async () => {
  succeeded(await scene.project.run("run", "production", "--version", "v2"));
  assert.is(await served(scene.lab, "h1"), "v2 green");
  assert.is(await said(scene.lab, "h1", "ls /opt/link-shortener/versions/current/icons | wc -l"), "30000\n");
});

/** Stops bgdeploy for so many seconds as it plans: the upload is then about to begin. */
const nap = (seconds: number): string => `tasks: [...deploy(), task({
  name: "nap", title: "nap", undo: "not-needed",
  commands: () => {
    const once = globalThis as { napped?: boolean };
    if (process.argv.includes("run") && !once.napped) {
      once.napped = true;
      spawn("sh", ["-c", \`sleep ${seconds}; kill -CONT \${process.pid}\`], { detached: true, stdio: "ignore" }).unref();
      process.kill(process.pid, "SIGSTOP");
    }
    return [];
  },
})],`;

test("this machine sleeps for longer than a host waits as an upload begins: it is said and undone at once", async () => {
  await scene.project.write({ hosts: ["h1"], settings: nap(33) });
  const config = join(scene.project.directory, "deploy.config.ts");
  const { stdout: text } = await program(["cat", config], { cwd: "/" });
  await writeFile(config, `import { spawn } from "node:child_process";\n${text}`);
  await scene.project.build("v3");
  const began = performance.now();
  const { stdout } = ended(await scene.project.run("run", "production", "--version", "v3"), 1);
  const seconds = (performance.now() - began) / 1000;
  assert.match(stdout, /slept, or bgdeploy was stopped, for 3\d s; a host drops a run after 30 s of silence/);
  assert.match(stdout, "v2 (green) is still live on h1.");
  assert.ok(seconds < 45, `it took ${seconds} s`);
  assert.not.match(await versions(), /v3|partial/);
});

test.run();
