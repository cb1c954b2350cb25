import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import { noteRsync, uploadWords } from "../support/rsync-calls.ts";

const test = labSuite("shared files");
let scene: Scene;
test.before(async () => {
  scene = await aScene("shared-files", { machines: 1 });
});
test.after(() => scene.end());

const onHost = (command: string): Promise<string> => said(scene.lab, "h1", command);
const live = "/opt/link-shortener/versions/current";

/** Deploys, and tells what rsync was asked for there. */
async function deploy(version: string): Promise<string> {
  succeeded(await scene.project.deploy(version));
  assert.match(await served(scene.lab, "h1"), version);
  return uploadWords(scene.lab, "h1");
}

test("rsync is spared the walk to each shared file where only root and the ssh user write, and never else", async () => {
  await noteRsync(scene.lab, "h1");
  // Nothing to share.
  assert.not.match(await deploy("v1"), "--insecure-links");

  const knows = await onHost("rsync --insecure-links --version >/dev/null 2>&1 && echo yes || echo no");
  const spared = await deploy("v2");
  assert.match(spared, "--link-dest");
  assert.is(spared.includes("--insecure-links"), knows.trim() === "yes");
  assert.is(await onHost(`stat -c %h ${live}/package.json`), "2\n");

  await onHost(`chmod g+w ${live}/bin`);
  assert.not.match(await deploy("v3"), "--insecure-links");
  assert.is(await onHost(`stat -c %h ${live}/package.json`), "3\n");
});

test.run();
