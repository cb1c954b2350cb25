import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { prepareByHand, specSudoers, sudoLines } from "../support/by-hand.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";

/** `user` is the ssh user, so that the files are given to the group. */
const settings = `user: "deploy", exec: { user: "link-shortener" },`;
const old = "2020_01_01T00_00_00-v0";

/** DESIGN.md section 4: byte for byte the spec's lines, as sudo's own journal tells them. */
const needed = [
  "/usr/bin/chown -R deploy:www-data /opt/link-shortener",
  "/usr/bin/systemctl daemon-reload",
  "/usr/bin/systemctl reload nginx",
  "/usr/bin/systemctl start link-shortener@blue.service",
  "/usr/bin/systemctl start link-shortener@green.service",
  "/usr/bin/systemctl stop link-shortener@blue.service",
  "/usr/bin/systemctl stop link-shortener@green.service",
  "/usr/bin/tee /etc/systemd/system/link-shortener@.service",
];
/** What two deploys run where all rules are there. */
const quick = [
  "/usr/bin/chown -R deploy:www-data /opt/link-shortener",
  "/usr/bin/systemctl daemon-reload",
  "/usr/bin/systemctl reload nginx",
  "/usr/bin/systemctl restart link-shortener@blue.service",
  "/usr/bin/systemctl restart link-shortener@green.service",
  "/usr/bin/systemctl --no-reload disable --now link-shortener@blue.service",
  "/usr/bin/systemctl --no-reload enable link-shortener@blue.service",
  "/usr/bin/systemctl --no-reload enable link-shortener@green.service",
  "/usr/bin/tee /etc/systemd/system/link-shortener@.service",
  "/usr/sbin/nginx -t",
];
const unused = [
  "/usr/bin/systemctl --no-reload disable link-shortener@blue.service",
  "/usr/bin/systemctl --no-reload disable link-shortener@green.service",
  "/usr/bin/systemctl --no-reload disable --now link-shortener@green.service",
];

const test = labSuite("sudo");
let scene: Scene;
let site: string;
test.before(async () => {
  scene = await aScene("sudo", { machines: 3, setUp: false, settings });
  ({ stdout: site } = succeeded(await scene.project.run("vhost", "production")));
});
test.after(() => scene.end());

const warnings = (stdout: string): readonly string[] =>
  stdout.split("\n").flatMap((line) => / warning: (.*)/.exec(line)?.[1] ?? []);
const skipped = (task: string, line: string): string =>
  `${task}: \`${line}\` is skipped: no sudo rule allows it (\`bgdeploy sudoers production\` prints it)`;

test("S13: with exactly the sudo rules of the spec two deploys and a prune work; what is skipped is named", async () => {
  await prepareByHand(scene.lab, "h1", { sudoers: specSudoers("link-shortener", "/opt/link-shortener"), site });
  await scene.project.write({ hosts: ["private-h1"], settings });
  const first = succeeded(await scene.project.deploy("v1"));
  assert.is(await served(scene.lab, "h1"), "v1 blue");
  assert.equal(warnings(first.stdout), [
    skipped("systemd:enable", "systemctl enable link-shortener@blue.service"),
    skipped("nginx:switch", "nginx -t"),
  ]);
  await said(scene.lab, "h1", `install -d -o deploy /opt/link-shortener/versions/${old}`);
  const second = succeeded(await scene.project.deploy("v2"));
  assert.is(await served(scene.lab, "h1"), "v2 green");
  assert.equal(warnings(second.stdout), [
    skipped("systemd:enable", "systemctl enable link-shortener@green.service"),
    skipped("nginx:switch", "nginx -t"),
    skipped("systemd:stop", "systemctl disable link-shortener@blue.service"),
  ]);
  assert.is(await said(scene.lab, "h1", "cd /opt/link-shortener/versions; ls | grep -c ^2020 || :"), "0\n");
});

test("S13: sudo ran the spec's lines byte for byte, and nothing else", async () => {
  // sudo names a program by the path in the rule; /bin is /usr/bin.
  const lines = needed.map((line) => line.replace(/^\/usr(?=\/bin\/(chown|systemctl) )/, ""));
  assert.equal([...new Set(await sudoLines(scene.lab, "h1"))].toSorted(), lines);
  assert.is(await said(scene.lab, "h1", "journalctl -q -t sudo -o cat | grep -c 'command not allowed' || :"), "0\n");
});

test("S13: the files are given to the group, and the tool is not locked out of its own", async () => {
  assert.is(
    await said(scene.lab, "h1", "stat -c %U:%G /opt/link-shortener/versions/current/package.json"),
    "deploy:www-data\n",
  );
  assert.is(await said(scene.lab, "h1", "find /opt/link-shortener ! -user deploy"), "");
});

test("S13: with the file that `bgdeploy sudoers` prints nothing is skipped, and sudo runs only lines of it", async () => {
  const { stdout: sudoers } = succeeded(await scene.project.run("sudoers", "production"));
  await prepareByHand(scene.lab, "h2", { sudoers, site });
  await scene.project.write({ hosts: ["private-h2"], settings });
  const runs = [await scene.project.deploy("v1"), await scene.project.deploy("v2")];
  assert.equal(
    runs.map((run) => [run.code, warnings(run.stdout)]),
    [
      [0, []],
      [0, []],
    ],
  );
  assert.is(await served(scene.lab, "h2"), "v2 green");
  assert.equal([...new Set(await sudoLines(scene.lab, "h2"))].toSorted(), quick.toSorted());
  assert.is(
    await said(scene.lab, "h2", "systemctl is-enabled link-shortener@blue link-shortener@green || :"),
    "disabled\nenabled\n",
  );
});

test("the printed file has no wildcard, and sudo reads each rule as the one command that it is", async () => {
  const { stdout: sudoers } = await scene.project.run("sudoers", "production");
  assert.not.match(sudoers, "*");
  const listed = await said(scene.lab, "h2", "sudo -l -U deploy | grep NOPASSWD");
  const rules = listed
    .trim()
    .split("\n")
    .map((line) => line.trim().replace("(root) NOPASSWD: ", "").replaceAll("\\", ""));
  assert.equal(rules.toSorted(), [...new Set([...needed, ...quick, ...unused])].toSorted());
  for (const wide of [
    "stop link-shortener@x.service",
    "stop link-shortener@blue.service nginx.service",
    "enable link-shortener@x.service",
  ]) {
    assert.is((await scene.lab.exec("h2", `sudo -u deploy sudo -n systemctl ${wide}`)).code, 1, wide);
  }
});

test("a rule that is missing is named before anything is touched", async () => {
  const rules = specSudoers("link-shortener", "/opt/link-shortener").replace("  /bin/systemctl reload nginx, \\\n", "");
  await prepareByHand(scene.lab, "h3", { sudoers: rules, site });
  await scene.project.write({ hosts: ["private-h3"], settings });
  const { code, stderr } = await scene.project.deploy("v1");
  assert.is(code, 2);
  assert.is(
    stderr,
    "bgdeploy: private-h3: sudo does not allow deploy to run `systemctl reload nginx` without a password. Add the rule: `bgdeploy sudoers production` prints the whole file.\n",
  );
  assert.is(await said(scene.lab, "h3", "ls /opt/link-shortener/versions 2>/dev/null | wc -l"), "0\n");
});

test.run();
