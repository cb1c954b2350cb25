import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { ended, succeeded } from "../support/e2e.ts";
import { startLab } from "../lab/lab.ts";
import type { Lab } from "../lab/lab.ts";
import { served } from "../support/hosts.ts";
import type { Project } from "../support/project.ts";
import { aProject } from "../support/project.ts";
import type { ByHand } from "./support/by-hand.ts";
import { byHand } from "./support/by-hand.ts";
import { startClient } from "./support/client.ts";
import { debugSettings } from "./support/settings.ts";

const test = labSuite("a full disk");
let lab: Lab;
let project: Project;
let host: ByHand;
test.before(async () => {
  lab = await startLab({ hosts: 1, name: "faults-disk", bastion: false });
  project = await aProject({ lab, hosts: ["h*"], settings: debugSettings() });
  host = byHand(lab, "h1");
  await host.say("mount -t tmpfs -o size=160m tmpfs /opt");
  succeeded(await project.run("setup", "production", "--as", "root", "--yes"));
  succeeded(await project.deploy("v1"));
  succeeded(await project.deploy("v2"));
});
test.after(async () => {
  await project.remove();
  await lab.down();
});

const fill = "head -c 1G /dev/zero >/opt/filler 2>/dev/null || :";

/** What serves, and every file that decides about it. */
async function decisive(): Promise<string> {
  const files = await host.say(
    "cd /opt/link-shortener; sha256sum backend.conf variant environment-* /etc/systemd/system/link-shortener@.service; readlink versions/current*; systemctl is-active link-shortener@blue link-shortener@green; systemctl is-enabled link-shortener@blue link-shortener@green; :",
  );
  return `${await served(lab, "h1")}\n${files}`;
}

test("known before: a release that does not fit is refused, and nothing is touched", async () => {
  await host.say(fill);
  const before = await host.whole();
  const { stderr } = ended(await project.deploy("refused"), 2);
  assert.match(stderr, "the disk of /opt/link-shortener/versions has 0 MB free");
  assert.is(await host.whole(), before);
  await host.say("rm /opt/filler");
});

test("full in the middle of the upload: a clear error, undone, and the next run succeeds", async () => {
  const before = await decisive();
  await project.build("v3");
  await writeFile(join(project.directory, "dist/blob"), randomBytes(40_000_000));
  const client = startClient(["run", "production", "--version", "v3"], project.directory);
  assert.ok(await client.reaches(({ text }) => text.startsWith("rsync ")));
  await host.say(fill);
  const { code, stdout } = await client.ended;
  assert.is(code, 1, stdout);
  assert.match(stdout, "No space left on device");
  assert.match(stdout, "v2 (green) is still live on h1.");
  assert.is(await decisive(), before);
  assert.is(await host.say("cd /opt/link-shortener/versions; ls -A | grep -E 'v3|partial' || :; rm /opt/filler"), "");
  succeeded(await project.run("status", "production"));
  succeeded(await project.deploy("v4"));
  assert.is(await served(lab, "h1"), "v4 blue");
});

const full = `task({ name: "disk:fill", undo: "not-needed", commands: () => [shell("fill the disk", sh\`head -c 1G /dev/zero >/opt/link-shortener/filler 2>/dev/null || :\`)] })`;
const places: Readonly<Record<string, string>> = {
  "the environment is written": `upload(), ${full}, systemd.install(), systemd.start(), health(), nginx.switch(), systemd.stop()`,
  "backend.conf is written": `upload(), systemd.install(), systemd.start(), health(), ${full}, nginx.switch(), systemd.stop()`,
  "the switch is recorded": `upload(), systemd.install(), systemd.start(), health(), nginx.switch()[0], ${full}, nginx.switch()[1], systemd.stop()`,
};

for (const [what, tasks] of Object.entries(places)) {
  test(`full when ${what}: a clear error, all undone, and the next run succeeds`, async () => {
    const { idle, before } = { idle: await host.idle(), before: await decisive() };
    await project.write({ hosts: ["h*"], settings: debugSettings(`tasks: [${tasks}],`) });
    const { stdout } = ended(await project.deploy("bad"), 1);
    await project.write({ hosts: ["h*"], settings: debugSettings() });
    await host.say("rm /opt/link-shortener/filler");
    assert.match(stdout, "No space left on device");
    assert.match(stdout, / is still live on h1\./);
    assert.is(await decisive(), before);
    succeeded(await project.run("status", "production"));
    succeeded(await project.deploy("good"));
    assert.is(await served(lab, "h1"), `good ${idle}`);
  });
}

test.run();
