/* oxlint-disable no-control-regex -- what a terminal is told holds them */
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { leftovers, startClient } from "../lock/support/client.ts";
import { lockFiles, runsOn } from "../lock/support/until.ts";
import { bgdeployWords } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served, withoutTimes } from "../support/hosts.ts";
import type { Answer } from "../world/support/terminal.ts";
import { inTerminal } from "../world/support/terminal.ts";

const test = labSuite("prune, audit, watch and open");
let scene: Scene;
test.before(async () => {
  scene = await aScene("prune-alone", { machines: 2, hosts: ["h*"], settings: `drain: { timeout: "5s" },` });
  for (const version of ["v1", "v2", "v3"]) succeeded(await scene.project.deploy(version));
});
test.after(() => scene.end());

const prune = (...flags: readonly string[]): ReturnType<Scene["project"]["run"]> =>
  scene.project.run("prune", "production", "--yes", ...flags);
const dry = (...flags: readonly string[]): ReturnType<Scene["project"]["run"]> =>
  scene.project.run("prune", "production", "--dry-run", ...flags);
const asked = (...answers: readonly Answer[]): ReturnType<typeof inTerminal> =>
  inTerminal([...bgdeployWords, "prune", "production", "--keep", "1"], {
    cwd: scene.project.directory,
    env: {},
    answers,
  });
const rewrite = (settings: string): Promise<void> => scene.project.write({ hosts: ["h*"], settings });
const releases = async (host: string): Promise<string> =>
  withoutTimes(await said(scene.lab, host, "cd /opt/link-shortener/versions && ls -d 2*"))
    .trim()
    .replaceAll("\n", " ");
const audited = async (...flags: readonly string[]): Promise<readonly string[]> => {
  const { stdout } = succeeded(await scene.project.run("audit", "production", ...flags));
  return stdout
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((row) => row.split(/ {2,}/).slice(2).join("|"));
};

test("prune --dry-run shows what would go, and changes nothing", async () => {
  const { stdout } = succeeded(await dry("--keep", "1"));
  assert.is(withoutTimes(stdout), "h1, h2: to delete:\n  TIME-v1\n");
  assert.is(await releases("h1"), "TIME-v1 TIME-v2 TIME-v3");
});

test("prune without a terminal wants --yes, before it connects", async () => {
  const { stdout, stderr } = ended(await scene.project.run("prune", "production", "--keep", "1"), 2);
  assert.equal([stdout, stderr], ["", "bgdeploy: No terminal to prompt on; pass --yes\n"]);
});

test("prune shows what goes, asks, and takes Enter for a no; nobody is locked out meanwhile", async () => {
  const { code, screen } = await asked([/Delete them\? \[y\/N\] /, "\r"]);
  assert.is(code, 2);
  assert.match(withoutTimes(screen), "h1, h2: to delete:\n  TIME-v1\n");
  assert.is(await releases("h1"), "TIME-v1 TIME-v2 TIME-v3");
});

test("prune deletes nothing that it has not shown", async () => {
  const old = "2025_01_01T00_00_00-meanwhile";
  const plant = async (): Promise<string> => {
    await said(scene.lab, "h2", `install -d -o deploy /opt/link-shortener/versions/${old}`);
    return "y\r";
  };
  const { code, screen } = await asked([/Delete them\? \[y\/N\] /, plant]);
  assert.is(code, 2);
  assert.match(screen, "Nothing was deleted: another run has changed the releases since they were shown");
  await said(scene.lab, "h2", `rm -r /opt/link-shortener/versions/${old}`);
  assert.is(await releases("h2"), "TIME-v1 TIME-v2 TIME-v3");
  assert.is(await lockFiles(scene.lab, "h1"), "");
});

test("prune waits for nobody: a lock refuses it", async () => {
  await said(scene.lab, "h2", "systemd-run -q --unit=holder flock /opt/link-shortener/.bgdeploy sleep infinity");
  const { stderr } = ended(await prune("--keep", "1"), 4);
  await said(scene.lab, "h2", "systemctl stop holder");
  assert.match(stderr, "bgdeploy: h2: locked by another run. To wait for it: --lock-wait 5m");
  assert.is(await releases("h1"), "TIME-v1 TIME-v2 TIME-v3");
});

test("prune deletes all but the newest, the live one and the one before it, and says what it freed", async () => {
  await said(scene.lab, "h1", "cd /opt/link-shortener/versions && head -c 3000000 /dev/urandom >$(ls -d *-v1)/big");
  const { stdout } = succeeded(await prune("--keep", "1"));
  const text = withoutTimes(stdout).replaceAll(/[\d.]+ k?B freed/g, "SOME freed");
  assert.match(
    text,
    /^h1: 1 release deleted, 3\.\d MB freed\n {2}TIME-v1\nh2: 1 release deleted, SOME freed\n {2}TIME-v1\n$|^h2: .*\n.*\nh1: 1 release deleted, 3\.\d MB freed\n/,
  );
  assert.is(await releases("h1"), "TIME-v2 TIME-v3");
  assert.is(await said(scene.lab, "h1", "ls /opt/link-shortener/.bgdeploy/releases | grep -c v1 || :"), "0\n");
  assert.is(
    succeeded(await prune("--older-than", "0s")).stdout.replaceAll("h2", "h1"),
    "h1: nothing to delete\n".repeat(2),
  );
  assert.is(await served(scene.lab, "h1"), "v3 blue");
  assert.is(await lockFiles(scene.lab, "h1"), "");
  succeeded(await scene.project.run("status", "production"));
});

test("prune follows the options of the stage's own task", async () => {
  await rewrite(`tasks: [upload(), prune({ olderThan: "0s" })],`);
  await said(
    scene.lab,
    "h1",
    "cd /opt/link-shortener/versions && mkdir 2025_01_01T00_00_00-old && chown deploy: *-old",
  );
  assert.match(succeeded(await prune("--only", "h1")).stdout, "  2025_01_01T00_00_00-old\n");
  await rewrite("");
});

test("prune deletes nothing where a crashed run left something to repair", async () => {
  await said(scene.lab, "h1", "echo green >/opt/link-shortener/variant");
  const { stderr } = ended(await prune("--keep", "1"), 2);
  await said(scene.lab, "h1", "echo blue >/opt/link-shortener/variant");
  assert.match(
    stderr,
    "bgdeploy: h1: nothing was deleted: an earlier run did not end. The next run puts it right: bgdeploy run production",
  );
});

test("bad numbers and times are refused", async () => {
  assert.is(ended(await prune("--keep", "0"), 2).stderr, "bgdeploy: --keep 0: expected a number such as 100\n");
  assert.is(
    ended(await prune("--older-than", "long"), 2).stderr,
    "bgdeploy: --older-than long: expected a duration such as 30d\n",
  );
});

test("audit: a line a run, the newest first, over all hosts", async () => {
  assert.equal(await audited(), [
    "prune|1 release|deleted|h1",
    "prune|1 release|deleted|h1, h2",
    "run|v3 (blue)|live|h1, h2",
    "run|v2 (green)|live|h1, h2",
    "run|v1 (blue)|live|h1, h2",
  ]);
  assert.equal(await audited("-n", "1", "--only", "h2"), ["prune|1 release|deleted|h2"]);
});

test("audit: hosts that differ, and one that may not be read", async () => {
  await said(scene.lab, "h2", "sed -i '/-v3/s/live/undone/' /opt/link-shortener/.bgdeploy/journal.ndjson");
  assert.is((await audited())[2], "run|v3 (blue)|live on h1; undone on h2|h1, h2");
  await said(scene.lab, "h2", "chown root: /opt/link-shortener/.bgdeploy/journal.ndjson");
  const { stdout, stderr } = ended(await scene.project.run("audit", "production"), 1);
  await said(scene.lab, "h2", "chown deploy: /opt/link-shortener/.bgdeploy/journal.ndjson");
  assert.match(stderr, "bgdeploy: h2: deploy cannot read /opt/link-shortener/.bgdeploy/journal.ndjson");
  assert.match(stdout, "v2 (green)  live     h1\n");
});

test("open: the config's URL, else its domain, else the first host", async () => {
  const address = scene.lab.hosts[0]?.address;
  for (const [settings, url] of [
    ["", `http://${address}/`],
    [`domain: "shop.example",`, "http://shop.example/"],
    [`domain: "shop.example", url: "https://shop.example/app",`, "https://shop.example/app"],
  ] as const) {
    await rewrite(settings);
    assert.is(succeeded(await scene.project.run("open", "production")).stdout, `${url}\n`);
  }
  await rewrite(`url: "shop.example",`);
  assert.match(ended(await scene.project.run("open", "production"), 2).stderr, 'url: "shop.example" is not a URL');
  await rewrite("");
});

test("status --watch: block after block in a pipe, over one connection; a host that is lost is said; Ctrl-C: 130", async () => {
  // The ssh to the jump host, whose connection stands, must not hide that the one behind it is lost.
  await scene.project.write({ hosts: ["h1", "private-h2"] });
  const before = await said(scene.lab, "h1", "journalctl -q -u ssh -o cat | grep -c Accepted");
  const client = startClient(scene.project, ["status", "production", "--watch", "100ms"]);
  await client.says(/(UTC\nhost [^]*?){3}/);
  await said(scene.lab, "h1", "systemctl stop link-shortener@blue");
  await client.says(/h1: the live variant blue is DOWN/);
  await said(scene.lab, "h1", "systemctl start link-shortener@blue");
  await scene.lab.cut("h2");
  await client.says(/private-h2: the connection was lost/);
  client.signalGroup("SIGINT");
  ended(await client.ended, 130);
  await scene.lab.mend("h2");
  await rewrite("");
  const after = await said(scene.lab, "h1", "journalctl -q -u ssh -o cat | grep -c Accepted");
  assert.is(Number(after) - Number(before), 1);
  // The ssh to the jump host ends with its connection to h2, whose end TCP tells again after ever longer pauses.
  assert.equal(await leftovers(scene.project, 60_000), []);
  assert.equal(await runsOn(scene.lab, "h1"), []);
});

test("status --watch on a terminal: in place, and the terminal is as it was, with the last state on it", async () => {
  const { code, screen } = await inTerminal(
    [...bgdeployWords, "status", "production", "--watch", "100ms", "--only", "h1"],
    {
      cwd: scene.project.directory,
      env: {},
      answers: [[/\u001B\[J\u001B\[H/, "\u0003"]],
    },
  );
  assert.is(code, 130);
  assert.ok(screen.includes("\u001B[?1049h\u001B[?25l\u001B[H"));
  assert.match(screen.slice(screen.indexOf("\u001B[?25h\u001B[?1049l")), /UTC\nhost +live .*\nh1 +v3 \(blue\)/);
});

test.run();
