import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served, stateOf } from "../support/hosts.ts";

/** Tells what it was called with, and what it finds at that moment. */
const script = (point: string): string => `#!/bin/false
echo "${point}: $# words, old $1, new $2, bash \${BASH_VERSION:+yes}, as $(id -un)"
echo "${point}: unit $(test -s /etc/systemd/system/link-shortener@.service && echo there), $(grep ^LINK_SHORTENER_VARIANT= /opt/link-shortener/environment-$2)"
echo "${point}: old is $(systemctl is-active link-shortener@$1), new is $(systemctl is-active link-shortener@$2)"
echo "${point}: releases of 2020: $(ls /opt/link-shortener/versions | grep -c ^2020)" >&2
`;

const test = labSuite("scripts");
let scene: Scene;
test.before(async () => {
  scene = await aScene("scripts", {
    settings: `pre: "scripts/the pre.sh", post: "scripts/post.sh",`,
    files: { "scripts/the pre.sh": script("pre"), "scripts/post.sh": script("post") },
  });
  await said(scene.lab, "h1", "install -d -o deploy /opt/link-shortener/versions/2020_01_01T00_00_00-v0");
});
test.after(() => scene.end());

/** What the scripts said, as the run showed it. */
function spoken(stdout: string): readonly string[] {
  return stdout.split("\n").flatMap((line) => / {2}hooks:\w+ .+? {2}\| (.*)/.exec(line)?.[1] ?? []);
}

test("S11: on a first deploy the old variant is the one that the new is not; the output is shown", async () => {
  const { stdout } = succeeded(await scene.project.deploy("v1"));
  assert.equal(spoken(stdout), [
    "pre: 2 words, old green, new blue, bash yes, as deploy",
    'pre: unit there, LINK_SHORTENER_VARIANT="blue"',
    "pre: old is inactive, new is inactive",
    "pre: releases of 2020: 1",
    "post: 2 words, old green, new blue, bash yes, as deploy",
    'post: unit there, LINK_SHORTENER_VARIANT="blue"',
    "post: old is inactive, new is active",
    "post: releases of 2020: 1",
  ]);
  assert.is(await said(scene.lab, "h1", "ls /opt/link-shortener/versions | grep -c ^2020 || :"), "0\n");
});

test("S11: pre runs after unit and environment and before the start, post after the start and before the pruning", async () => {
  await said(scene.lab, "h1", "install -d -o deploy /opt/link-shortener/versions/2020_01_01T00_00_00-v0");
  const { stdout } = succeeded(await scene.project.deploy("v2"));
  assert.equal(spoken(stdout), [
    "pre: 2 words, old blue, new green, bash yes, as deploy",
    'pre: unit there, LINK_SHORTENER_VARIANT="green"',
    "pre: old is active, new is inactive",
    "pre: releases of 2020: 1",
    "post: 2 words, old blue, new green, bash yes, as deploy",
    'post: unit there, LINK_SHORTENER_VARIANT="green"',
    "post: old is inactive, new is active",
    "post: releases of 2020: 1",
  ]);
  assert.is(await said(scene.lab, "h1", "ls /opt/link-shortener/versions | grep -c ^2020 || :"), "0\n");
});

test("S11: a pre script that fails aborts the deploy, and the old version is untouched", async () => {
  await scene.project.write({ settings: `pre: "pre.sh",`, files: { "pre.sh": "echo about to fail; exit 3\n" } });
  const before = await stateOf(scene.lab, "h1");
  const { stdout } = ended(await scene.project.deploy("v3"), 1);
  assert.equal(spoken(stdout), ["about to fail"]);
  assert.match(stdout, "private-h1: hooks:pre pre.sh: ");
  assert.match(stdout, "failed with status 3");
  assert.equal(await stateOf(scene.lab, "h1"), before);
});

test("S11: a post script that fails leaves the new version live, and exits 5", async () => {
  await scene.project.write({ settings: `post: "post.sh",`, files: { "post.sh": "exit 4\n" } });
  const { stdout } = ended(await scene.project.deploy("v4"), 5);
  assert.match(stdout, "Incomplete: v4 is live on private-h1, but a later step failed.");
  assert.is(await served(scene.lab, "h1"), "v4 blue");
});

test.run();
