import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { leftovers, startClient } from "../lock/support/client.ts";
import { runsOn } from "../lock/support/until.ts";
import { bgdeployWords, program } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said } from "../support/hosts.ts";
import { inTerminal } from "../world/support/terminal.ts";

const test = labSuite("exec and ssh");
let scene: Scene;
test.before(async () => {
  scene = await aScene("exec", { machines: 2, hosts: ["h*"] });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

const exec = (...words: readonly string[]): ReturnType<Scene["project"]["run"]> =>
  scene.project.run("exec", "production", ...words);
const sorted = (text: string): readonly string[] => text.trimEnd().split("\n").toSorted();

test("words after -- are a program and its arguments, as they are", async () => {
  const { stdout, stderr } = succeeded(await exec("--", "printf", "%s|", "a b", "$HOME", "it's", "-n", ""));
  assert.equal(sorted(stdout), ["h1 | a b|$HOME|it's|-n||", "h2 | a b|$HOME|it's|-n||"]);
  assert.equal(sorted(stderr), ["h1  exit 0", "h2  exit 0"]);
});

test("a single word is a line for the shell; both streams, an empty input, and how each ended", async () => {
  const line = 'cat; echo "on $(uname -n)" | tr o 0; echo err >&2; [ "$(uname -n)" = h1 ] || exit 3';
  const { stdout, stderr } = ended(await exec("--", line), 1);
  assert.equal(sorted(stdout), ["h1 | 0n h1", "h1 | err", "h2 | 0n h2", "h2 | err"]);
  assert.equal(sorted(stderr), ["h1  exit 0", "h2  exit 3"]);
});

test("--parallel 1: one host after the other", async () => {
  const { stdout } = succeeded(await exec("--parallel", "1", "--", "echo begin; echo end"));
  assert.is(stdout, "h1 | begin\nh1 | end\nh2 | begin\nh2 | end\n");
});

test("a line comes as soon as it is said; Ctrl-C ends the command, what it started, and what will not hear", async () => {
  const client = startClient(scene.project, [
    "exec",
    "production",
    "--",
    "trap : TERM; echo up; sleep 600 & while :; do wait; sleep 600; done",
  ]);
  await client.says(/h1 \| up/);
  await client.says(/h2 \| up/);
  client.signalGroup("SIGINT");
  ended(await client.ended, 130);
  assert.equal(await Promise.all(scene.hosts.map((host) => runsOn(scene.lab, host))), [[], []]);
  assert.equal(await leftovers(scene.project), []);
});

test("a client that is killed leaves no command on the hosts", async () => {
  const client = startClient(scene.project, ["exec", "production", "--", "echo up; sleep 600"]);
  await client.says(/h1 \| up/);
  await client.says(/h2 \| up/);
  client.signal("SIGKILL");
  await client.ended;
  assert.equal(await Promise.all(scene.hosts.map((host) => runsOn(scene.lab, host))), [[], []]);
});

test("thirty megabytes pass through little memory; nobody reading is no error", async () => {
  const line = bgdeployWords.map((word) => `'${word}'`).join(" ");
  const many = "head -c 30000000 /dev/zero | tr '\\\\0' x | fold -w 99";
  const bounded = `NODE_OPTIONS=--max-old-space-size=40 ${line} exec production --only h1 -- "${many}" | wc -l`;
  assert.is(Number((await program(["bash", "-c", bounded], { cwd: scene.project.directory })).stdout), 303_031);
  const cut = `${line} exec production -- yes | head -n 1; echo \${PIPESTATUS[0]}`;
  const { stdout, stderr } = await program(["bash", "-c", cut], { cwd: scene.project.directory });
  assert.match(stdout, /^h[12] \| y\n0\n$/);
  assert.match(stderr, /^(h\d +exit \d+\n|\n)?$/);
  assert.equal(await runsOn(scene.lab, "h1"), []);
});

test("a host that is down is said, and the command runs on the others", async () => {
  await scene.lab.cut("h2");
  const { stdout, stderr } = ended(await exec("--", "echo here"), 1);
  await scene.lab.mend("h2");
  assert.is(stdout, "h1 | here\n");
  assert.match(stderr, /^bgdeploy: h2: unreachable\. .*\nh1 +exit 0\n$/);
});

const shell = (host: string, answers: readonly (readonly [RegExp, string])[]): ReturnType<typeof inTerminal> =>
  inTerminal([...bgdeployWords, "ssh", "production", host], { cwd: scene.project.directory, env: {}, answers });

test("ssh: a shell in the live release, with its environment", async () => {
  const { code, screen } = await shell("h2", [
    [/deploy@h2/, 'echo "[$(uname -n) $(cat VERSION) $PORT $LINK_SHORTENER_DATA]"; tty; false; exit\n'],
  ]);
  assert.is(code, 0);
  assert.match(screen, "h2: v1 (blue)");
  assert.match(screen, "[h2 v1 8001 /var/lib/link-shortener/links.ndjson]");
  assert.match(screen, "/dev/pts/");
});

test("ssh: an environment that may not be read is said, and the shell opens all the same", async () => {
  await said(scene.lab, "h2", "chown root: /opt/link-shortener/environment-blue");
  const { screen } = await shell("h2", [[/deploy@h2/, 'echo "[$PWD $PORT]"; exit\n']]);
  await said(scene.lab, "h2", "chown deploy: /opt/link-shortener/environment-blue");
  assert.match(screen, "/opt/link-shortener/environment-blue may not be read by deploy: this shell goes on without it");
  assert.match(screen, /\[\/opt\/link-shortener\/versions\/\S+-v1 \]/);
});

test("ssh: of several hosts one must be named", async () => {
  const { stderr } = ended(await scene.project.run("ssh", "production"), 2);
  assert.is(stderr, 'bgdeploy: stage "production" has 2 hosts: h1, h2. Choose one: bgdeploy ssh production h1\n');
  const other = ended(await scene.project.run("ssh", "production", "h3"), 2);
  assert.is(other.stderr, 'bgdeploy: no host "h3" in stage "production". Did you mean "h1"? It has: h1, h2\n');
});

test.run();
