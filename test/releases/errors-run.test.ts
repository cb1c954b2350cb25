import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { startLab } from "../lab/lab.ts";
import type { Lab } from "../lab/lab.ts";
import { labSuite } from "../lab/suite.ts";
import { ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import type { Project } from "../support/project.ts";
import { aProject } from "../support/project.ts";
import { failedText, told } from "./support/told.ts";

const test = labSuite("errors of a run");
let lab: Lab;
let project: Project;
test.before(async () => {
  lab = await startLab({ hosts: 1, name: "errors-run", bastion: false });
  project = await aProject({ lab, hosts: ["h*"] });
  await said(lab, "h1", "mount -t tmpfs -o size=120m tmpfs /opt");
  succeeded(await project.run("setup", "production", "--as", "root", "--yes"));
  succeeded(await project.deploy("v1"));
});
test.after(async () => {
  await project.remove();
  await lab.down();
});

/** What a failed deploy with these settings says at its end. */
async function fails(settings: string, code = 1, files: Readonly<Record<string, string>> = {}): Promise<string> {
  await project.write({ hosts: ["h*"], settings, files });
  return told(ended(await project.run("run", "production", "--version", "v2"), code));
}
const again = "To retry: bgdeploy run production --version v2 --verbose";
const thrown = `hooks.pre(hook("migrate", async () => { throw new Error("no database at db.internal"); }))`;

test("a pre hook that throws: its words, and its line in the config", async () => {
  assert.is(
    await fails(`tasks: [upload(), systemd.install(), ${thrown}, systemd.start()],`),
    failedText("v1 blue", "h1: hooks:pre migrate: no database at db.internal", "at deploy.config.ts:N", again),
  );
});

test("a pre hook whose command fails: what it said, its status, and the line in the config", async () => {
  assert.is(
    await fails("pre: hook('migrate', async ({ $ }) => { await $`echo no database >&2; exit 7`; }),"),
    failedText("v1 blue", "h1: hooks:pre migrate: no database", "exit code: 7", "at deploy.config.ts:N", again),
  );
});

test("a pre script that exits 3: its status, and what it said", async () => {
  assert.is(
    await fails(`pre: "scripts/pre.sh",`, 1, { "scripts/pre.sh": "echo first; echo between; echo last; exit 3\n" }),
    failedText("v1 blue", "h1: hooks:pre pre.sh: scripts/pre.sh failed with status 3", "first", "… last", again),
  );
});

test("a disk that is full: rsync's own words", async () => {
  await writeFile(join(project.directory, "dist/blob"), randomBytes(3_000_000));
  const fill = `task({ name: "disk:fill",
    commands: () => [shell("fill", sh\`head -c 1G /dev/zero >/opt/link-shortener/filler 2>/dev/null || :; truncate -s -1M /opt/link-shortener/filler\`)],
    undo: () => [shell("empty", sh\`rm -f /opt/link-shortener/filler\`)] })`;
  assert.is(
    await fails(`tasks: [${fill}, ...deploy()],`),
    failedText(
      "v1 blue",
      "h1: upload:send: upload failed with status 11",
      'rsync: [receiver] write failed on "/opt/link-shortener/versions/.TIME-v2.partial/blob": No space left on device (28)',
      "rsync error: error in file IO (code 11)",
      again,
    ),
  );
  await project.build("v2");
});

test("nginx refuses its configuration: which file, and where to look", async () => {
  await said(lab, "h1", "install -o deploy /dev/null /etc/nginx/conf.d/other.conf");
  const text = await fails(
    "pre: hook('break', async ({ $ }) => { await $`echo 'nonsense;' >/etc/nginx/conf.d/other.conf`; }),",
  );
  await said(lab, "h1", "rm /etc/nginx/conf.d/other.conf");
  assert.is(
    text,
    failedText(
      "v1 blue",
      "h1: nginx:switch: nginx -t failed with status 1",
      '[emerg]: unknown directive "nonsense" in /etc/nginx/conf.d/other.conf:1',
      "nginx: configuration file /etc/nginx/nginx.conf test failed",
      "To inspect: ssh -F ssh_config h1 journalctl -u nginx.service -n 50",
    ),
  );
});

test("a connection that is lost: undone after connecting again", async () => {
  const lose = `task({ name: "lose:it", undo: "not-needed", commands: () => [shell("lose the connection", sh\`pkill -9 -u deploy -x sshd; sleep 5\`)] })`;
  assert.is(
    await fails(`tasks: [upload(), ${lose}, systemd.install()],`),
    failedText(
      "v1 blue",
      "h1: lose:it: the connection was lost (Connection closed by remote host.)",
      "To inspect: ssh -F ssh_config h1 uptime",
    ),
  );
});

test("an undo that fails: exit 3, the first error comes first, and what is left is said with how to mend it", async () => {
  const cache = `task({ name: "cache:clear", commands: () => [shell("clear", sh\`true\`)], undo: () => [shell("fill the cache", sh\`echo no cache; exit 9\`)] })`;
  assert.is(
    await fails(`tasks: [upload(), ${cache}, ${thrown}, systemd.install()],`, 3),
    `h1  v1 (blue) or v2 (green)  needs repair T s

Failed: repair needed on h1.
v1 (blue) is live on h1.

h1: hooks:pre migrate: no database at db.internal
    at deploy.config.ts:N
    ${again}
h1: undo of cache:clear: fill the cache failed with status 9
    no cache
    To finish by hand: ssh -F ssh_config h1 'echo no cache; exit 9'

The next run checks each host's actual state and repairs it before deploying.
To inspect: bgdeploy plan production
To repair: bgdeploy run production
`,
  );
  assert.is(await served(lab, "h1"), "v1 blue");
});

test("a post hook that fails: exit 5, and the new version is live", async () => {
  assert.is(
    await fails(`post: hook("announce", async () => { throw new Error("chat is away"); }),`, 5),
    `h1  v1 (blue) → v2 (green) T s

Incomplete: v2 is live on h1, but a later step failed.

h1: hooks:post announce: chat is away
    at deploy.config.ts:N
    ${again}

To roll back: bgdeploy rollback production
`,
  );
  assert.is(await served(lab, "h1"), "v2 green");
});

test.run();
