/* oxlint-disable no-control-regex -- what a terminal is told holds them */
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { leftovers, startClient } from "../lock/support/client.ts";
import { runsOn } from "../lock/support/until.ts";
import { program } from "../support/bgdeploy.ts";
import { bgdeployWords } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said } from "../support/hosts.ts";

const test = labSuite("logs");
let scene: Scene;
test.before(async () => {
  scene = await aScene("logs", { machines: 2, hosts: ["h*"] });
  succeeded(await scene.project.deploy("v1"));
  await Promise.all(
    scene.hosts.map((host) =>
      said(
        scene.lab,
        host,
        "mkdir -p /etc/systemd/journald.conf.d && printf '[Journal]\\nRateLimitIntervalSec=0\\n' >/etc/systemd/journald.conf.d/all.conf && systemctl restart systemd-journald",
      ),
    ),
  );
});
test.after(() => scene.end());

const logs = (...flags: readonly string[]): ReturnType<Scene["project"]["run"]> =>
  scene.project.run("logs", "production", ...flags);

/**
 * What the live variant of a host prints: shell text whose output goes where the app's own does. It is told apart by its
 * process, which must not end before journald has looked at it.
 */
const prints = (host: string, text: string): Promise<string> =>
  said(
    scene.lab,
    host,
    `sh -c 'echo $$ >"/sys/fs/cgroup$(systemctl show -p ControlGroup --value link-shortener@blue)/cgroup.procs"
      count() { journalctl --sync; journalctl -q -u link-shortener@blue -o json | wc -l; }
      before=$(count); { ${text}; for i in $(seq 100); do [ "$(count)" -gt $before ] && break; sleep 0.1; done; } | systemd-cat -t app'
     journalctl --sync`,
  );

/** Host, variant and text of each line, without the time. */
const lines = (stdout: string): readonly string[] =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^(\S+) +\| \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (\S+) +/, "$1 $2 "));

test("lines of all hosts are merged in the order of time", async () => {
  for (const [host, word] of [
    ["h1", "first"],
    ["h2", "second"],
    ["h1", "third"],
  ] as const) {
    await prints(host, `echo ${word}`);
  }
  const { stdout, stderr } = succeeded(await logs("-n", "2"));
  assert.equal(
    lines(stdout).filter((line) => /first|second|third/.test(line)),
    ["h1 blue first", "h2 blue second", "h1 blue third"],
  );
  const times = stdout.match(/\d{4}-\d\d-\d\dT\S+Z/g) ?? [];
  assert.equal(times, times.toSorted());
  assert.is(times.length, 4);
  assert.is(stderr, "");
});

test("one variant alone, or the live one; and what came since", async () => {
  const { stdout } = succeeded(await logs("--variant", "live", "--since", "1h"));
  assert.ok(lines(stdout).includes("h2 blue second"));
  assert.is(succeeded(await logs("--variant", "green")).stdout, "");
  assert.is(succeeded(await logs("--since", "1ms")).stdout, "");
});

test("no escape sequence reaches the terminal, colours are ours alone, and bad bytes do no harm", async () => {
  await prints("h1", String.raw`printf "evil \033[2J\033]0;title\007text \377\n"`);
  const plain = succeeded(await logs("-n", "1", "--only", "h1"));
  assert.equal(lines(plain.stdout), ["h1 blue evil text \uFFFD"]);
  const words = [...bgdeployWords, "logs", "production", "-n", "1"];
  const colored = await program(words, { cwd: scene.project.directory, env: { FORCE_COLOR: "1" } });
  assert.match(colored.stdout, /^\u001B\[\d+mh1 \|\u001B\[39m /m);
  assert.not.match(colored.stdout, "\u001B[2J");
});

test("thirty thousand lines go through flat memory, and a reader that goes away is no error", async () => {
  await prints("h1", "seq 1 30000");
  const line = bgdeployWords.map((word) => `'${word}'`).join(" ");
  const bounded = `NODE_OPTIONS=--max-old-space-size=40 ${line} logs production --since 1h`;
  const all = await program(["bash", "-c", `${bounded} | wc -l`], { cwd: scene.project.directory });
  assert.ok(Number(all.stdout) >= 30_000, all.stdout + all.stderr);
  const few = await program(["bash", "-c", `${line} logs production --since 1h | head -n 2; echo \${PIPESTATUS[0]}`], {
    cwd: scene.project.directory,
  });
  assert.equal([few.stdout.trimEnd().split("\n").at(-1), few.stderr], ["0", ""]);
  assert.equal(await runsOn(scene.lab, "h1"), []);
});

test("-f goes on with what comes on all hosts; Ctrl-C ends it with 130 and leaves no process", async () => {
  await prints("h1", "echo before");
  const client = startClient(scene.project, ["logs", "production", "-f", "-n", "1"]);
  await client.says(/blue +before/);
  await prints("h2", "echo two");
  await client.says(/h2 \| \S+ blue +two/);
  await prints("h1", "echo one");
  await client.says(/h1 \| \S+ blue +one/);
  client.signalGroup("SIGINT");
  const { stdout, stderr } = ended(await client.ended, 130);
  assert.is(stderr, "");
  assert.is(stdout.match(/before/g)?.length, 1);
  assert.equal(await Promise.all(scene.hosts.map((host) => runsOn(scene.lab, host))), [[], []]);
  assert.equal(await leftovers(scene.project), []);
});

test("who may not read the journal is told how to; the other hosts are shown", async () => {
  const groups = (await said(scene.lab, "h2", "id -nG deploy")).trim();
  await said(scene.lab, "h2", "gpasswd -d deploy systemd-journal");
  const { stdout, stderr } = ended(await logs("-n", "1"), 1);
  await said(scene.lab, "h2", "usermod -aG systemd-journal deploy");
  assert.match(groups, "systemd-journal");
  assert.equal(lines(stdout), ["h1 blue one"]);
  assert.is(
    stderr,
    "bgdeploy: h2: deploy cannot read the journal. To allow it: bgdeploy setup production --as root, or on the host as root: usermod -aG systemd-journal deploy\n",
  );
});

test("a host that is cut while it is followed is said, and the others go on", async () => {
  const client = startClient(scene.project, ["logs", "production", "-f", "-n", "1"]);
  await client.says(/h2 \|/);
  await scene.lab.cut("h2");
  await client.says(/bgdeploy: h2: the connection was lost/);
  await prints("h1", "echo alone");
  await client.says(/h1 \| \S+ blue +alone/);
  client.signalGroup("SIGTERM");
  ended(await client.ended, 130);
  await scene.lab.mend("h2");
});

test("a host that is down is said, the others are shown, and the exit code is 1", async () => {
  await scene.lab.kill("h2");
  const { stdout, stderr } = ended(await logs("-n", "1"), 1);
  assert.equal(lines(stdout), ["h1 blue alone"]);
  assert.match(stderr, /^bgdeploy: h2: unreachable\. .*\n$/);
});

test.run();
