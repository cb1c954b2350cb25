import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said, withoutTimes } from "../support/hosts.ts";

const test = labSuite("plan");
let scene: Scene;
test.before(async () => {
  const settings = `
    pre: "pre.sh",
    post: hook("announce", ({ log }) => log("hello")),
    prune: { keep: 1 },
    env: { ...example.env, TEXT: "two\\nlines" },`;
  scene = await aScene("plan", { machines: 2, settings, files: { "pre.sh": "true\n" } });
});
test.after(() => scene.end());

/**
 * Everything that a plan could change, line by line: files with their times and contents, links, and the state of every unit. systemd
 * removes the private /tmp of a service that has ended when it comes to that.
 */
async function footprint(): Promise<readonly string[]> {
  const look = `find /opt /etc /home /root /tmp /var/lib /usr/local -printf '%p %y %m %u %g %s %T@ %C@ %l\\n' | grep -vE '^(/var/lib/systemd/|/tmp/systemd-private-|/tmp )'
    find /opt /etc -type f -exec sha256sum {} +
    systemctl list-unit-files --no-pager; systemctl list-units --all --no-pager --no-legend 'link-shortener*' 'nginx*' 'holder*'`;
  const texts = await Promise.all(scene.hosts.map((host) => said(scene.lab, host, look)));
  return texts.flatMap((text, index) => text.split("\n").map((line) => `${scene.hosts[index]}: ${line}`));
}

/** The lines that only one of both has. */
function changed(before: readonly string[], after: readonly string[]): readonly string[] {
  const [former, now] = [new Set(before), new Set(after)];
  return [...before.filter((line) => !now.has(line)), ...after.filter((line) => !former.has(line))];
}

/** What differs between two releases of the same: the time in the id, and that time in seconds. */
const timeless = (text: string): string => withoutTimes(text).replaceAll(/@\d{10}\b/g, "@TIME");

/** The commands of a plan for one host: without titles, and without the diffs that stand under what writes a file. */
function planned(stdout: string): readonly string[] {
  let inDiff = false;
  const commands = stdout
    .split("\n")
    .filter((line) => line.startsWith("    "))
    .filter((line) => {
      if (/^ {4}(# |hook )/.test(line)) inDiff = false;
      else if (/^ {4}\S/.test(line)) inDiff = false;
      else if (inDiff) return false;
      if (/^ {4}write | < \(/.test(line)) inDiff = true;
      return !line.startsWith("    # ");
    });
  return timeless(commands.join("\n").replaceAll(/^ {4}/gm, "")).split("\n");
}

/** The commands that a verbose run said it began, in order. */
function executed(stdout: string, host: string): readonly string[] {
  const lines = stdout.split("\n").flatMap((line) => {
    const match = /^\[ *[\d.]+s\] (\S+) +[a-z]+:[a-z]+(?: \S+)? {2}\$ (.*)$/.exec(line);
    return match?.[1] === host ? [match[2] ?? ""] : [];
  });
  return timeless(lines.join("\n")).split("\n");
}

for (const [when, version] of [
  ["first", "v1"],
  ["second", "v2"],
  ["third", "v3"],
] as const) {
  test(`the commands that plan prints are those that run executes: ${when} deploy`, async () => {
    await scene.project.build(version);
    const plans = new Map<string, readonly string[]>();
    for (const host of ["private-h1", "private-h2"]) {
      const { stdout } = succeeded(
        await scene.project.run("plan", "production", "--version", version, "--only", host, "--commands"),
      );
      plans.set(host, planned(stdout));
    }
    const { stdout } = succeeded(await scene.project.run("run", "production", "--version", version, "--verbose"));
    for (const [host, commands] of plans) {
      assert.ok(commands.length > 30);
      assert.equal(executed(stdout, host), commands);
    }
  });
}

test("plan changes nothing on any host, and takes no lock; `run --dry-run` is the same", async () => {
  await said(scene.lab, "h1", "systemd-run -q --unit=holder flock /opt/link-shortener/.bgdeploy sleep infinity");
  const before = await footprint();
  const plan = succeeded(await scene.project.run("plan", "production", "--version", "v4"));
  const dryRun = succeeded(await scene.project.run("run", "production", "--version", "v4", "--dry-run"));
  assert.equal(changed(before, await footprint()), []);
  assert.is(timeless(dryRun.stdout), timeless(plan.stdout));
  assert.match(timeless(plan.stdout), "Release TIME-v4\n\nprivate-h1, private-h2  v3 (blue) → v4 (green)\n");
  assert.match(plan.stdout, "\nNext: bgdeploy run production --version v4\n");
  const commands = succeeded(await scene.project.run("plan", "production", "--version", "v4", "--commands"));
  const dryCommands = succeeded(
    await scene.project.run("run", "production", "--version", "v4", "--dry-run", "--commands"),
  );
  assert.is(timeless(dryCommands.stdout), timeless(commands.stdout));
  await said(scene.lab, "h1", "systemctl stop holder");
});

test("a plan shows what changes in the environment, and what differs between hosts", async () => {
  await said(scene.lab, "h2", "echo '# edited' >> /etc/systemd/system/link-shortener@.service");
  const plan = succeeded(
    await scene.project.run("plan", "production", "--version", "v4", "-e", "TEXT=one line", "--env", "API_TOKEN=hush"),
  );
  assert.match(plan.stdout, /\n {2}Install the unit on private-h2 .*\n(?: {6}.*\n|\n)*? {6}-# edited\n/);
  assert.match(
    plan.stdout,
    /\n {2}Write the environment .*\n {6}~ TEXT: "two\\nlines" → "one line"\n {6}\+ API_TOKEN=\[hidden\]\n/,
  );
  assert.match(plan.stdout, "\nNext: bgdeploy run production --version v4 --env 'TEXT=…' --env 'API_TOKEN=…'\n");
  assert.not.match(plan.stdout, /sudo systemctl|hush/);
});

test("a plan for a host that was never set up changes nothing either, and says what is missing", async () => {
  await said(
    scene.lab,
    "h2",
    "systemctl stop 'link-shortener@*'; rm -r /opt/link-shortener /etc/sudoers.d/link* /etc/nginx/sites-enabled/*; systemctl reload nginx",
  );
  const before = await footprint();
  const { code, stderr } = await scene.project.run("plan", "production", "--version", "v4");
  assert.is(code, 2);
  assert.match(
    stderr,
    "private-h2: /opt/link-shortener does not exist, and deploy cannot create it. Prepare the host once: bgdeploy setup production --as root",
  );
  assert.equal(changed(before, await footprint()), []);
});

test.run();
