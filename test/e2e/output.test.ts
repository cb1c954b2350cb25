import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { bgdeployWords, program } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served, stateOf } from "../support/hosts.ts";

const test = labSuite("output");
let scene: Scene;
test.before(async () => {
  scene = await aScene("output", { machines: 2 });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

/** Seconds and bytes differ from run to run. */
const settled = (text: string): string =>
  text
    .replaceAll(/\d+(\.\d)? s/g, "T s")
    .replaceAll(/[\d.]+ (B|kB|MB) sent/g, "N sent")
    .replaceAll(/ {2,}/g, "  ");

test("in a pipe every line is plain and timed, and the summary has a row for each host: old → new, seconds, bytes", async () => {
  const hook = String.raw`post: hook("colours", ({ log }) => log("\x1b[31mred\x1b[0m \x07bell \x1b]0;title\x07end")),`;
  await scene.project.write({ settings: hook });
  const { stdout, stderr } = succeeded(await scene.project.deploy("v2"));
  assert.is(stderr, "");
  // oxlint-disable-next-line no-control-regex -- that there are none is the point
  assert.not.match(stdout, /[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/);
  const [lines = "", ...blocks] = stdout.split("\n\n");
  assert.equal(
    lines.split("\n").filter((line) => !/^\[ *\d+\.\ds\] \S/.test(line)),
    [],
  );
  assert.match(lines, /\] private-h1 {2}hooks:post colours {2}\| red bell end\n/);
  assert.is(
    settled(blocks.join("\n\n")),
    `private-h1  v1 (blue) → v2 (green)  T s  N sent
private-h2  v1 (blue) → v2 (green)  T s  N sent

Done in T s: v2 is live on private-h1, private-h2.

To roll back: bgdeploy rollback production
`,
  );
});

test("on a terminal a tree shows every host, and it ends with the summary", async () => {
  await scene.project.write({ settings: `post: hook("greet", ({ log }) => log("hello from the hook")),` });
  await scene.project.build("v3");
  const words = [...bgdeployWords, "run", "production", "--version", "v3"].map((word) => `'${word}'`).join(" ");
  const { stdout } = succeeded(
    await program(["script", "-qefc", `stty cols 120 rows 40; ${words}`, "/dev/null"], {
      cwd: scene.project.directory,
      env: { TERM: "xterm-256color" },
    }),
  );
  // oxlint-disable-next-line no-control-regex -- what a terminal understands
  const seen = stdout.replaceAll(/\u001B\[[0-9;?]*[A-Za-z]/g, "").replaceAll("\r", "");
  assert.ok(stdout.includes("\u001B["), "it draws");
  assert.match(seen, "\nprivate-h1, private-h2  v2 (green) → v3 (blue)\n");
  assert.match(seen, /[✔❯] .*private-h1 {2}(send the release|check the new variant's health|\d)/);
  assert.match(seen, /✔ Switch {2}2 of 2 hosts/);
  assert.match(seen, "hello from the hook");
  assert.not.match(seen, /^\[ *\d+\.\ds\]/m);
  const summary = seen.slice(seen.lastIndexOf("\nprivate-h1  v2 (green) → v3 (blue)") + 1);
  assert.is(
    settled(summary),
    `private-h1  v2 (green) → v3 (blue)  T s  N sent
private-h2  v2 (green) → v3 (blue)  T s  N sent

Done in T s: v3 is live on private-h1, private-h2.

To roll back: bgdeploy rollback production
`,
  );
});

test("--quiet says the summary alone", async () => {
  await scene.project.write({});
  const { stdout } = succeeded(await scene.project.deploy("v4", "--quiet"));
  assert.is(stdout.split("\n\n").length, 3);
  assert.match(stdout, /^private-h1 {2}v3/);
});

test("exit 2: an unknown stage, command or flag is named, with the likely one, and no host is asked", async () => {
  const tries = [
    ["run", "prodution"],
    ["rnu", "production"],
    ["run", "production", "--verbos"],
  ];
  const answers = await Promise.all(tries.map((words) => scene.project.run(...words)));
  assert.equal(
    answers.map(({ code, stdout }) => [code, stdout]),
    [
      [2, ""],
      [2, ""],
      [2, ""],
    ],
  );
  const likely = answers.map(({ stderr }) => /Did you mean:? (.+?)(?:\?|$)/m.exec(stderr)?.[1]);
  assert.equal(likely, ['"production"', '"run"', "--verbose"]);
});

test("exit 4: while another run holds a host, it is named with its holder, and nothing happens on any host", async () => {
  const holder = {
    who: "ada",
    from: "laptop",
    since: "2026-11-22 10:00:00 UTC",
    release: "2026_11_22T10_00_00-v9",
    run: "x",
  };
  await scene.lab.exec(
    "h2",
    "cat >/opt/link-shortener/.bgdeploy/lock.json; systemd-run -q --unit=holder flock /opt/link-shortener/.bgdeploy sleep infinity",
    JSON.stringify(holder),
  );
  const before = await stateOf(scene.lab, "h1");
  const { code, stderr } = await scene.project.deploy("v5");
  await said(scene.lab, "h2", "systemctl stop holder");
  const held = "private-h2: locked by ada on laptop since 2026-11-22 10:00:00 UTC, with 2026_11_22T10_00_00-v9.";
  assert.equal([code, stderr.slice(0, 10 + held.length)], [4, `bgdeploy: ${held}`]);
  assert.equal(await stateOf(scene.lab, "h1"), before);
  // What root has left there is in nobody's way.
  const files = "/opt/link-shortener/.bgdeploy/lock.json /opt/link-shortener/.bgdeploy/hold";
  await said(scene.lab, "h2", `touch ${files} && chown root: ${files} && chmod 644 ${files}`);
  succeeded(await scene.project.deploy("v5"));
});

test("exit 130: an interrupted run finishes its commands and is undone", async () => {
  const before = await Promise.all(scene.hosts.map((host) => stateOf(scene.lab, host)));
  await scene.project.write({
    settings: `pre: hook("interrupt", async ({ $, target }) => { if (target.host.name === "private-h1") process.kill(process.pid, "SIGINT"); await $\`sleep 0.2\`; }),`,
  });
  const { stdout, stderr } = ended(await scene.project.deploy("v6"), 130);
  assert.equal(await Promise.all(scene.hosts.map((host) => stateOf(scene.lab, host))), before);
  assert.match(stderr, "SIGINT: finishing the running commands, then undoing.");
  assert.match(stdout, "Interrupted and undone.\nv5 (blue) is still live on private-h1, private-h2.");
  assert.is(await served(scene.lab, "h1"), "v5 blue");
});

test.run();
