import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { served } from "../support/hosts.ts";
import type { Project } from "../support/project.ts";
import { aProject } from "../support/project.ts";

const test = labSuite("ssh");
let scene: Scene;
let project: Project;
let calls: string;
test.before(async () => {
  scene = await aScene("ssh", { hosts: ["root-private-h1"] });
  await writeFile(scene.lab.knownHosts, "");
  // Writes down how the real ssh is called, and then is it.
  const watched = join(scene.lab.directory, "watched");
  calls = join(watched, "calls");
  await mkdir(watched);
  await writeFile(
    join(watched, "ssh"),
    `#!/bin/sh\n(IFS='\t'; printf '%s\\n' "$*" >>${calls})\nexec /usr/bin/ssh "$@"\n`,
  );
  await chmod(join(watched, "ssh"), 0o755);
  project = await aProject({
    lab: { sshConfig: "infra/ssh_config" },
    hosts: ["private-*"],
    files: { "infra/ssh_config": await readFile(scene.lab.sshConfig, "utf8") },
    env: { PATH: `${watched}:${process.env["PATH"]}` },
    settings: `sshConfig: undefined, sshFlags: ["-F", "infra/ssh_config", "-o", "ConnectTimeout=17", "-v"],`,
  });
  succeeded(await scene.project.run("setup", "production", "--yes", "--user", "deploy"));
  await writeFile(scene.lab.knownHosts, "");
});
test.after(async () => {
  await project.remove();
  await scene.end();
});

test("S12: `-F infra/ssh_config` leads through its ProxyJump; new keys are taken, the bastion's too, under their HostKeyAlias", async () => {
  assert.is(await readFile(scene.lab.knownHosts, "utf8"), "");
  succeeded(await project.deploy("v1"));
  assert.is(await served(scene.lab, "h1"), "v1 blue");
  const names = (await readFile(scene.lab.knownHosts, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => line.slice(0, line.indexOf(" ")));
  assert.equal(names.toSorted(), ["bastion", "h1"]);
});

test("S12: every ssh, the upload's too, is called with -T and the user's flags, and accepts new host keys only", async () => {
  const all = (await readFile(calls, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
  const own = all.filter(
    (words) =>
      !["-G", "-V"].some((word) => words.includes(word)) &&
      !words.some((word) => /^-W$/.test(word) || word.startsWith("[")),
  );
  assert.ok(
    own.some((words) => words.join(" ").includes("rsync --version")),
    "the upload's channel was seen",
  );
  for (const words of own) {
    assert.is(words[0], "-T");
    assert.match(words.join(" "), " -o ConnectTimeout=17 -v ");
  }
});

test("S12: a key that has changed is refused by name, with nothing touched", async () => {
  const known = await readFile(scene.lab.knownHosts, "utf8");
  const [bastions = ""] = known.split("\n").filter((line) => line.startsWith("bastion "));
  await writeFile(scene.lab.knownHosts, `${bastions}\nh1${bastions.slice("bastion".length)}\n`);
  assert.match(ended(await project.deploy("v2"), 2).stderr, "private-h1: its host key has changed");
  assert.is(await served(scene.lab, "h1"), "v1 blue");
});

test("a stricter setting of the user's stays: unknown hosts are then refused", async () => {
  await writeFile(scene.lab.knownHosts, "");
  await project.write({ hosts: ["h1"], settings: `sshFlags: ["-o", "StrictHostKeyChecking=yes"],` });
  assert.match(ended(await project.deploy("v2"), 2).stderr, "h1: its host key is unknown");
  assert.is(await readFile(scene.lab.knownHosts, "utf8"), "");
});

test.run();
