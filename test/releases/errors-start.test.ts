import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import { failedText, told } from "./support/told.ts";

const test = labSuite("errors of a start");
let scene: Scene;
test.before(async () => {
  scene = await aScene("errors-start", { hosts: ["h*"] });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

/** What a failed deploy with these settings says at its end. */
async function fails(settings: string): Promise<string> {
  await scene.project.write({ hosts: ["h*"], settings });
  const text = told(ended(await scene.project.deploy("v2"), 1));
  assert.is(await served(scene.lab, "h1"), "v1 blue");
  return text;
}
const delayed = (delay: string): string => `env: { ...example.env, LINK_SHORTENER_START_DELAY_MS: "${delay}" },`;
const failed = "h1: health:check:";
const look = "To inspect: bgdeploy logs production --only h1 --variant green -n 50";
const unit = "link-shortener@green.service";
const lastLines = `Last lines of ${unit}:`;

/** What is said of a version whose program is this script. */
async function dies(script: string, settings = ""): Promise<string> {
  await scene.project.write({ hosts: ["h*"], settings });
  await scene.project.build("v2");
  await writeFile(join(scene.project.directory, "dist/bin/link-shortener"), script, { mode: 0o755 });
  const text = told(ended(await scene.project.run("run", "production", "--version", "v2"), 1));
  assert.is(await served(scene.lab, "h1"), "v1 blue");
  return text;
}

test("a unit that dies: that it did, and the last that the app said", async () => {
  const words = [
    'LINK_SHORTENER_START_DELAY_MS must be a number of milliseconds, not "soon".',
    "Usage: link-shortener              serve on HOST:PORT, or on the unix socket SOCKET",
    "       link-shortener -c PORT      exit 0 if the one on 127.0.0.1:PORT is healthy; or on a socket: -c /path",
    "       link-shortener --version",
  ];
  assert.is(
    await fails(delayed("soon")),
    failedText(
      "v1 blue",
      `${failed} the new version crashed on startup: it exited with status 2`,
      lastLines,
      ...words.map((line) => `  ${line}`),
      look,
    ),
  );
});

test("a time-out: what was missed, and nothing that another release said in the same slot", async () => {
  const text = await fails(`health: { http: "/healthz", timeout: "1s" }, ${delayed("60000")}`);
  assert.is(
    text,
    failedText(
      "v1 blue",
      `${failed} not healthy after 1 s: nothing listens on 127.0.0.1:8002`,
      `${unit} logged nothing. systemd reports:`,
      "  Started link-shortener@green.service - link-shortener (green).",
      look,
    ),
  );
});

test("a wrong HTTP status: which one came, and which was expected", async () => {
  assert.is(
    await fails(`health: { http: "/healthz", expect: 204, timeout: "1s" },`),
    failedText(
      "v1 blue",
      `${failed} not healthy after 1 s: http://127.0.0.1:8002/healthz answered 200, not 204`,
      lastLines,
      "  link-shortener v2 (green) serves http://127.0.0.1:8002",
      look,
    ),
  );
});

test("a unit that starts and dies later, before the switch: the same as one that dies", async () => {
  const settings = `env: { ...example.env, LINK_SHORTENER_CRASH_AFTER_MS: "400" }, pre: undefined, tasks: [upload(), systemd.install(), systemd.start(), health(), hooks.pre(hook("wait", async ({ $ }) => { await $\`sleep 2\`; })), nginx.switch(), systemd.stop()],`;
  const text = await fails(settings);
  assert.match(
    text,
    /^h1 {2}v1 \(blue\) {2}undone T s\n\nFailed and undone\.\nv1 \(blue\) is still live on h1\.\n\nh1: (health:check|nginx:switch): /,
  );
  assert.match(text, look);
});

test("Node's uncaught error is the heading, and of what died before in this slot no line is shown", async () => {
  const text = await dies(
    '#!/usr/local/bin/node\nError.stackTraceLimit = 40;\nconst open = (left) => { if (left === 0) throw new Error("missing DATABASE_URL"); open(left - 1); };\nopen(60);\n',
  );
  assert.match(text, `\n${failed} the new version crashed on startup: missing DATABASE_URL\n    ${lastLines}\n`);
  assert.match(text, /\n {6}Error: missing DATABASE_URL\n {10}at open /);
  assert.not.match(text, /START_DELAY|serves http/);
  assert.ok(text.endsWith(`\n    ${look}\n`));
});

test("an interpreter that is missing, a program that ends at once, one that is killed: said in words", async () => {
  const start = `${failed} the new version crashed on startup:`;
  assert.match(
    await dies("#!/opt/none/python3\nprint(1)\n"),
    /health:check: the new version crashed on startup: systemd could not start its program.*\. Is it there, and the interpreter in its first line\?\n/,
  );
  assert.match(
    await dies("#!/bin/sh\necho usage: serve\n"),
    `${start} it exited at once, with status 0. A service must stay in the foreground\n    ${lastLines}\n      usage: serve\n`,
  );
  assert.match(await dies("#!/bin/sh\necho ready\nkill -SEGV $$\n"), `${start} it was killed by SIGSEGV\n`);
});

const notify = (more = ""): string =>
  `unit: { Service: { Type: "notify", NotifyAccess: "all", TimeoutStartSec: "3"${more} } },`;

test("a start that systemd waits for and that dies: the app's last lines and the cause, as of any start", async () => {
  const text = await dies("#!/bin/sh\necho no database at db.internal >&2\nexit 7\n", notify());
  assert.match(
    text,
    `h1: systemd:start: the new version did not start: it exited with status 7: no database at db.internal\n    ${lastLines}\n      no database at db.internal\n    ${look}\n`,
  );
  assert.not.match(text, /Job for|journalctl -xeu/);
});

test("a start that systemd waits for in vain: how long, and for what", async () => {
  assert.match(
    await dies("#!/bin/sh\necho warming the cache\nsleep 60\n", notify()),
    `h1: systemd:start: the new version did not start: it was not ready in time. With Type=notify the app must send READY=1 to systemd (sd_notify) within TimeoutStartSec\n    ${lastLines}\n      warming the cache\n    ${look}\n`,
  );
  assert.match(
    await dies("#!/bin/sh\necho bye\n", notify()),
    "the new version did not start: it ended without sending READY=1 to systemd (sd_notify), which Type=notify waits for\n",
  );
  assert.match(
    await dies("#!/bin/sh\nsystemd-notify --ready\nsleep 60\n", notify(', NotifyAccess: "main"')),
    'systemd ignored its READY=1, which another process than the main one sent. Accept it: unit: { Service: { NotifyAccess: "all" } }\n',
  );
});

test("a command before the app that fails", async () => {
  assert.match(
    await dies(
      "#!/bin/sh\nexec sleep 60\n",
      `unit: { Service: { ExecStartPre: "/bin/sh -c 'echo no schema; exit 4'" } },`,
    ),
    `h1: systemd:start: the new version did not start: a command that its unit runs beside it, such as ExecStartPre, exited with status 4\n    ${lastLines}\n      no schema\n`,
  );
});

test("nginx that was stopped in mid-run: that nothing is served, not that the old version is live", async () => {
  await scene.project.write({
    hosts: ["h*"],
    settings: `pre: hook("wait", async ({ $ }) => { await $\`for i in $(seq 100); do pgrep -x nginx >/dev/null || exit 3; sleep 0.1; done\`; }),`,
  });
  const running = scene.project.deploy("v2");
  await said(
    scene.lab,
    "h1",
    "for i in $(seq 300); do pgrep -fx 'sleep 0.1' >/dev/null && break; sleep 0.1; done; systemctl stop nginx",
  );
  const text = told(ended(await running, 1));
  await said(scene.lab, "h1", "systemctl start nginx");
  assert.match(text, "NOTHING IS SERVED on h1: nginx is not running. v1 (blue) is the live version there.\n");
});

test("who may not read the journal is told of the group, and of setup", async () => {
  await said(scene.lab, "h1", "gpasswd -d deploy systemd-journal");
  assert.is(
    await fails(delayed("soon")),
    failedText(
      "v1 blue",
      `${failed} the new version crashed on startup`,
      lastLines,
      "  deploy cannot read the journal. To allow it (group systemd-journal): bgdeploy setup",
      look,
    ),
  );
  succeeded(await scene.project.run("setup", "production", "--as", "root", "--yes"));
  assert.match(await fails(delayed("soon")), "link-shortener --version");
});

test.run();
