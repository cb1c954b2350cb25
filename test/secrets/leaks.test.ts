import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Ended } from "../support/bgdeploy.ts";
import { program } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, withoutTimes } from "../support/hosts.ts";
import { environmentOf } from "../releases/support/host.ts";
import type { Sight } from "./support/watch.ts";
import { watchProcesses } from "./support/watch.ts";

const secret = `S3cret-${randomBytes(12).toString("hex")}`;
const base = `secrets: ["DATABASE_URL"],`;

const test = labSuite("a secret");
let scene: Scene;
let sight: Sight;
const outputs: Record<string, Ended> = {};
const beginning = join("/tmp", `bgdeploy-leaks-${process.pid}`);

test.before(async () => {
  await writeFile(beginning, "");
  scene = await aScene("leaks", { hosts: ["h*"], setUp: false, settings: base, env: { DATABASE_URL: secret } });
  const { project } = scene;
  const write = (settings: string): Promise<void> => project.write({ hosts: ["h*"], settings: `${base} ${settings}` });
  const run = (...words: readonly string[]): Promise<Ended> => project.run(...words);
  const watch = await watchProcesses(secret);

  outputs["setup"] = succeeded(await run("setup", "production", "--as", "root", "--yes", "--verbose"));
  outputs["first deploy"] = succeeded(await project.deploy("v1", "--verbose"));
  outputs["plan"] = succeeded(await run("plan", "production", "--version", "v2"));
  outputs["plan --commands"] = succeeded(await run("plan", "production", "--version", "v2", "--commands"));
  outputs["plan --undo"] = succeeded(await run("plan", "production", "--version", "v2", "--undo"));
  outputs["second deploy"] = succeeded(await project.deploy("v2", "--verbose"));
  await write(`health: { http: "/none", timeout: "1s" },`);
  outputs["failed deploy"] = ended(await project.deploy("v3", "--verbose"), 1);
  await write(
    'pre: hook("throw", async ({ $, target }) => { await $`[ -n "$DATABASE_URL" ]`; console.error(target); throw new Error(`${JSON.stringify(target)} ${String(target.app.env.DATABASE_URL)}`); }),',
  );
  outputs["a hook that throws"] = ended(await project.deploy("v4", "--verbose"), 1);
  await write('pre: hook("fail", async ({ $ }) => { await $`[ -z "$DATABASE_URL" ]`; }),');
  outputs["a hook whose command fails"] = ended(await project.deploy("v5", "--verbose"), 1);
  // The host's directory for our state cannot be written: the very command that carries the secret fails.
  await write(
    'tasks: [upload(), task({ name: "break:it", commands: () => [shell("break", sh`mkdir /opt/link-shortener/environment-blue.bgdeploy-new`)], undo: () => [shell("mend", sh`rmdir /opt/link-shortener/environment-blue.bgdeploy-new`)] }), systemd.install(), systemd.start()],',
  );
  outputs["a write that fails"] = ended(await project.deploy("v6", "--verbose"), 1);
  await write("");
  outputs["rollback --dry-run"] = succeeded(await run("rollback", "production", "--dry-run"));
  outputs["rollback"] = succeeded(await run("rollback", "production", "--verbose"));
  for (const verb of ["status", "releases", "unit", "vhost", "sudoers", "tasks"])
    outputs[verb] = succeeded(await run(verb, "production"));
  sight = await watch.end();
});
test.after(async () => {
  await program(["rm", "-f", beginning], { cwd: "/" });
  await scene.end();
});

test("reaches the process", async () => {
  assert.is((await environmentOf(scene.lab, "h1", "blue"))["DATABASE_URL"], secret);
});

test("is in no output of any command, with --verbose and errors too", () => {
  const leaking = Object.entries(outputs).filter(([, { stdout, stderr }]) => `${stdout}${stderr}`.includes(secret));
  assert.equal(
    leaking.map(([name]) => name),
    [],
  );
  assert.match(outputs["a hook that throws"]?.stdout ?? "", "[secret]");
});

test("is in no command line here and on the hosts, nor on a host in the environment of any process but the service", () => {
  process.stdout.write(`\n    looked at all processes ${sight.rounds} times\n    `);
  assert.equal(sight.found, []);
  assert.ok(sight.rounds > 100 && sight.hosts.includes("ssh") && sight.hosts.includes("bash"), JSON.stringify(sight));
});

test("a command line here, and an environment on a host, would have been seen", async () => {
  const watch = await watchProcesses("needle-for-the-watch");
  await Promise.all([
    program(["sh", "-c", "sleep 1; :", "needle-for-the-watch"], { cwd: "/" }),
    scene.lab.exec("h1", "read -r NEEDLE; export NEEDLE; exec sleep 1", "needle-for-the-watch\n"),
  ]);
  assert.equal((await watch.end()).found.toSorted(), ["cmdline of sh", "environ of sleep"]);
});

test("is in no log of the host: journal, sudo, nginx", async () => {
  const { stdout } = await scene.lab.exec(
    "h1",
    "cat >/run/needle; journalctl --sync; journalctl --no-pager -o export | grep -a -c -F -f /run/needle; grep -r -a -l -F -f /run/needle /var/log; rm /run/needle",
    secret,
  );
  assert.is(stdout, "0\n");
});

test("is in no file of the host but the environment and its records, which only their owner reads", async () => {
  const { stdout } = await scene.lab.exec(
    "h1",
    "cat >/dev/shm/needle; grep -r -a -l -F -s -f /dev/shm/needle /opt /etc /home /root /tmp /var /run /srv | sort | xargs stat -c '%a %U %n'; rm /dev/shm/needle",
    secret,
  );
  assert.equal(
    withoutTimes(stdout)
      .trimEnd()
      .split("\n")
      .filter((line) => !/\/\.bgdeploy\/(environment|rollback\.env)\.before$/.test(line)),
    [
      ...["v1", "v2", "v3", "v4", "v5"].map(
        (each) => `600 deploy /opt/link-shortener/.bgdeploy/releases/TIME-${each}.env`,
      ),
      "600 deploy /opt/link-shortener/environment-blue",
      "600 deploy /opt/link-shortener/environment-green",
    ],
  );
  assert.equal(
    stdout.split("\n").filter((line) => line !== "" && !line.startsWith("600 deploy ")),
    [],
  );
});

test("is in no file that others may read while a run writes it", async () => {
  const modes = await said(
    scene.lab,
    "h1",
    "find /opt/link-shortener -path '*/versions/*' -prune -o \\( -name '*environment*' -o -name '*.env*' -o -path '*/.bgdeploy/*' \\) -type f -perm /077 -print",
  );
  const open = modes.split("\n").filter((line) => /\.env|environment/.test(line));
  assert.equal(open, []);
  assert.is(await said(scene.lab, "h1", "stat -c %a /opt/link-shortener/.bgdeploy"), "700\n");
});

test("is in no file on this machine", async () => {
  const { project } = scene;
  await writeFile("/dev/shm/needle", secret, { mode: 0o600 });
  // The hosts' disks may stand under /tmp; what is on them was looked at above.
  const find = `find /tmp "$1" -xdev -type f -newer "$0" ! -path '*/lab*' -size -4M -print0 2>/dev/null | xargs -0 grep -l -s -F -f /dev/shm/needle`;
  const { stdout } = await program(["sh", "-c", find, beginning, project.directory], { cwd: "/" });
  await program(["rm", "/dev/shm/needle"], { cwd: "/" });
  assert.is(stdout, "");
});

test.run();
