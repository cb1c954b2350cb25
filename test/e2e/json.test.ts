import * as assert from "uvu/assert";
import type { JsonEvent } from "../../lib/report/schema.ts";
import { labSuite } from "../lab/suite.ts";
import type { Ended } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said } from "../support/hosts.ts";
import { endOf, linesOf, of } from "../support/json-lines.ts";

const secret = "S3cret-of-the-house";
const test = labSuite("json");
let scene: Scene;
test.before(async () => {
  const settings = `secrets: ["TOKEN"], post: hook("greet", async ({ $, log }) => {
    console.log("not for programs"); log("hello"); await $\`printf 'token %s\\n' "$TOKEN"\`; }),`;
  scene = await aScene("json", { machines: 2, hosts: ["h*"], settings, env: { TOKEN: secret } });
});
test.after(() => scene.end());

const json = (...words: readonly string[]): Promise<Ended> => scene.project.run(...words, "--json");
const run = (...words: readonly string[]): Promise<Ended> => json("run", "production", "--version", "v9", ...words);
const types = (lines: readonly JsonEvent[]): readonly string[] => [...new Set(lines.map(({ type }) => type))];
/** Which version is live on each host, as the last line says. */
const live = (lines: readonly JsonEvent[]): readonly string[] =>
  endOf(lines).hosts.map(({ host, live: slot }) => `${host} ${slot?.release?.replace(/^[^-]*-/, "")} ${slot?.variant}`);

test("a deploy: its steps on every host, the output of hooks without secrets, and what is live at the end", async () => {
  const { stdout, stderr } = succeeded(await scene.project.deploy("v1", "--json"));
  const lines = linesOf(stdout);
  assert.equal(types(lines).slice(0, 5), ["start", "connecting", "host", "plan", "phase"]);
  const ended = of(lines, "step-ended").filter(({ task }) => task === "nginx:switch");
  assert.equal(ended.map(({ host }) => host).toSorted(), ["h1", "h2"]);
  const output = of(lines, "output").filter(({ host }) => host === "h1");
  assert.equal(
    output.map(({ task, text }) => [task, text]),
    [
      ["hooks:post greet", "hello"],
      ["hooks:post greet", "token [secret]"],
    ],
  );
  assert.equal(live(lines), ["h1 v1 blue", "h2 v1 blue"]);
  assert.equal([endOf(lines).exitCode, endOf(lines).outcome, endOf(lines).problems], [0, "done", []]);
  assert.match(stderr, "not for programs\n");
  assert.not.match(stdout + stderr, secret);
});

test("verbose: every command and its output too, and still no secret", async () => {
  const lines = linesOf(succeeded(await scene.project.deploy("v2", "--json", "--verbose")).stdout);
  const commands = of(lines, "command").map(({ text }) => text);
  assert.ok(commands.includes("sudo systemctl reload nginx"), commands.join("\n"));
  assert.not.match(JSON.stringify(lines), secret);
  assert.equal(endOf(lines).next, ["bgdeploy rollback production"]);
});

test("a failed deploy: what failed where, what was put back, and what to type", async () => {
  await scene.project.build("v3");
  const failing = ["-e", "LINK_SHORTENER_START_DELAY_MS=soon"];
  const lines = linesOf(ended(await json("run", "production", "--version", "v3", ...failing), 1).stdout);
  assert.ok(of(lines, "step-failed").length > 0);
  assert.ok(of(lines, "phase").at(-1)?.undo);
  assert.equal(live(lines), ["h1 v2 green", "h2 v2 green"]);
  const end = endOf(lines);
  assert.equal([end.outcome, end.hosts.map(({ outcome }) => outcome)], ["failed", ["undone", "undone"]]);
  assert.match(end.next.join("\n"), /^bgdeploy logs production .*--only h1 --variant blue -n 50$/m);
  assert.match(end.hosts[0]?.failures[0]?.said.join("\n") ?? "", "must be a number of milliseconds");
});

test("a run that is refused by a lock: exit 4, who holds it, what is live, and how to wait", async () => {
  succeeded(await scene.project.run("lock", "production", "-m", "audit", "--only", "h2"));
  const lines = linesOf(ended(await run(), 4).stdout);
  const end = endOf(lines);
  assert.match(end.problems.join("\n"), /^h2: locked by hand by .*: audit\. /);
  assert.equal([end.outcome, end.next], ["locked", ["bgdeploy unlock production"]]);
  assert.equal(live(lines), ["h1 v2 green", "h2 v2 green"]);
  succeeded(await scene.project.run("unlock", "production"));
});

test("another run's lock: the same command with --lock-wait is the next to type", async () => {
  await said(scene.lab, "h1", "systemd-run -q --unit=holder flock /opt/link-shortener/.bgdeploy sleep infinity");
  const end = endOf(linesOf(ended(await run(), 4).stdout));
  await said(scene.lab, "h1", "systemctl stop holder");
  assert.equal(end.next, ["bgdeploy run production --version v9 --json --lock-wait 5m"]);
});

test("a rollback", async () => {
  const lines = linesOf(succeeded(await json("rollback", "production")).stdout);
  assert.equal(live(lines), ["h1 v1 blue", "h2 v1 blue"]);
});

test("exec: each line of each host, without control characters and secrets, and how it ended there", async () => {
  const line = `printf 'a\\033[2Jb %s\\n' ${secret}; [ "$(hostname)" = h1 ]`;
  const { stdout } = ended(await scene.project.run("exec", "production", "--json", "--", line), 1);
  const lines = linesOf(stdout);
  const said = of(lines, "output").map(({ host, task, text }) => `${host} ${task} ${text}`);
  assert.equal(said.toSorted(), ["h1 exec ab [secret]", "h2 exec ab [secret]"]);
  const how = of(lines, "exec-ended").map(({ host, status }) => `${host} ${status}`);
  assert.equal(how.toSorted(), ["h1 0", "h2 1"]);
  assert.equal([endOf(lines).exitCode, endOf(lines).outcome], [1, "failed"]);
});

test("logs: an entry a line, in the order of time", async () => {
  const all = of(linesOf(succeeded(await json("logs", "production", "-n", "20")).stdout), "log");
  assert.ok(all.length > 10);
  assert.equal([...new Set(all.map(({ host }) => host))].toSorted(), ["h1", "h2"]);
  const times = all.map(({ time }) => time);
  assert.equal(times, times.toSorted());
  assert.ok(all.some(({ variant, text }) => variant === "blue" && /Started|started/.test(text)));
});

test("a host that cannot be reached, a mistake in the config, a wrong flag: one end, with the exit code and the problem", async () => {
  const away = linesOf(ended(await run("--config", "away.config.ts"), 2).stdout);
  assert.match(endOf(away).problems.join("\n"), "away.config.ts");
  const flag = linesOf(ended(await run("--onyl", "h1"), 2).stdout);
  assert.equal([endOf(flag).outcome, endOf(flag).next], ["usage", ["bgdeploy run --help"]]);
  await scene.project.write({ settings: "ports: { blue: 1, green: 1 }, health: 7," });
  const config = endOf(linesOf(ended(await run(), 2).stdout));
  assert.ok(config.problems.length >= 2, config.problems.join("\n"));
  await scene.project.write({ hosts: ["h1", "nobody.invalid"] });
  const lost = endOf(linesOf(ended(await run(), 2).stdout));
  assert.match(lost.problems.join("\n"), "nobody.invalid");
  assert.equal(lost.hosts, []);
});

test("an interrupted run: what the signal comes to, and that all was put back", async () => {
  const settings = `pre: hook("interrupt", async ({ $, target }) => { if (target.host.name === "h1") process.kill(process.pid, "SIGINT"); await $\`sleep 0.2\`; }),`;
  await scene.project.write({ hosts: ["h*"], settings });
  const lines = linesOf(ended(await scene.project.deploy("v4", "--json"), 130).stdout);
  assert.match(of(lines, "interrupted")[0]?.message ?? "", "SIGINT: finishing the running commands, then undoing.");
  assert.equal([endOf(lines).outcome, live(lines)], ["interrupted", ["h1 v1 blue", "h2 v1 blue"]]);
});

test.run();
