import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseArgv } from "../../lib/cli/argv.ts";
import { commandLineConfig } from "../../lib/cli/commands/deploy.ts";
import { withoutConfig } from "../../lib/cli/in-flags.ts";
import { verbs } from "../../lib/cli/verbs.ts";
import type { Config } from "../../lib/config/resolved.ts";
import { splitWords } from "../../lib/model/shell-words.ts";
import { bgdeploy } from "./support/fake-world.ts";

const test = suite("deploy");
let parent: string;
let cwd: string;

test.before(() => {
  parent = mkdtempSync(join(tmpdir(), "bgdeploy-deploy-"));
  cwd = join(parent, "link-shortener");
  mkdirSync(join(cwd, "dist/bin"), { recursive: true });
  mkdirSync(join(cwd, "infra"));
  writeFileSync(join(cwd, "dist/bin/link-shortener"), "#!/bin/sh\n");
  chmodSync(join(cwd, "dist/bin/link-shortener"), 0o755);
  writeFileSync(join(cwd, "pre.sh"), "true\n");
  writeFileSync(join(cwd, "infra/ssh_config"), "Host bastion\n  User root\nHost prod-01\n  ProxyJump bastion\n");
  writeFileSync(join(cwd, "deploy.config.ts"), 'throw new Error("this config was read");\n');
});
test.after(() => rmSync(parent, { recursive: true }));

const words = (line: string): readonly string[] => splitWords(line).words?.map(({ text }) => text) ?? [];

function configOf(line: string): Promise<Config> {
  const parsed = parseArgv(["deploy", ...words(line)], verbs);
  if (parsed.kind !== "intent") throw new Error(parsed.kind);
  return commandLineConfig(parsed.intent, { cwd, env: {}, home: cwd });
}

/** What becomes of host keys that are not known: as with the ancestor, also in a CI. */
const trusting = { knownHosts: undefined, strictHostKeys: "accept-new" };

test("the shortest line has the defaults of the ancestor, and the app is called as the directory", async () => {
  const { hosts, stage, ssh, version, directory, tasks, pre, post } = await configOf("dist/ v1.0 h1 h2");
  assert.equal(
    hosts.map(({ host }) => host.name),
    ["h1", "h2"],
  );
  const { name, dist, destination, exec, user, appCanActAsDeployer, group, ports, envPrefix, env, sandbox } =
    hosts[0].app;
  assert.equal(
    { name, dist, destination, exec, user, appCanActAsDeployer, group, ports, envPrefix, env, sandbox },
    {
      name: "link-shortener",
      dist: join(cwd, "dist"),
      destination: "/opt/link-shortener",
      exec: { name: "link-shortener", flags: [], user: "link-shortener" },
      user: undefined,
      appCanActAsDeployer: false,
      group: "www-data",
      ports: { blue: 8001, green: 8002 },
      envPrefix: "LINK_SHORTENER",
      env: {},
      sandbox: false,
    },
  );
  assert.equal(
    [hosts[0].app.health.command, hosts[0].app.prune],
    [false, { olderThan: 30 * 86_400_000, keep: undefined }],
  );
  assert.equal(
    [stage, version, directory, tasks, pre, post],
    ["production", "v1.0", cwd, undefined, undefined, undefined],
  );
  assert.equal(ssh, { configFile: undefined, flags: [], ...trusting });
});

test("every flag has its place", async () => {
  const { hosts, ssh, version, pre, post } = await configOf(`
    --app-name shop --destination /srv/shop/ --env-var-prefix my-shop --health-check
    -e A 1 --environment B "x = 'y'\n" -p blue 9001 --port green 9002
    --pre-script pre.sh --post-script ./pre.sh
    --exec-name shopd --exec-user runner --exec-flags "--workers 4 --name 'a b'" --user owner --group web
    --ssh-flags "-F infra/ssh_config -o 'ConnectTimeout 3'" -F -v
    dist 007 prod-01`);
  const { name, destination, exec, user, appCanActAsDeployer, group, ports, envPrefix, env, health } = hosts[0].app;
  assert.equal(
    { name, destination, exec, user, appCanActAsDeployer, group, ports, envPrefix, env },
    {
      name: "shop",
      destination: "/srv/shop",
      exec: { name: "shopd", flags: ["--workers", "4", "--name", "a b"], user: "runner" },
      user: "owner",
      appCanActAsDeployer: true,
      group: "web",
      ports: { blue: 9001, green: 9002 },
      envPrefix: "MY_SHOP",
      env: { A: "1", B: "x = 'y'\n" },
    },
  );
  assert.ok(health.command);
  assert.equal([version, pre, post], ["007", join(cwd, "pre.sh"), join(cwd, "pre.sh")]);
  assert.equal(ssh, {
    configFile: join(cwd, "infra/ssh_config"),
    flags: ["-o", "ConnectTimeout 3", "-v"],
    ...trusting,
  });
});

test("one port leaves the other at its default, --exec-user is --user's, and a bare file is ssh's -F", async () => {
  const { hosts, ssh } = await configOf("-p blue 8000 --user u -F infra/ssh_config dist v1 prod-01");
  assert.equal([hosts[0].app.ports, hosts[0].app.exec.user], [{ blue: 8000, green: 8002 }, "u"]);
  assert.equal(ssh, { configFile: join(cwd, "infra/ssh_config"), flags: [], ...trusting });
});

test("what systemd would expand in --exec-flags is left to it, as the ancestor does", async () => {
  const line = String.raw`--exec-flags '--listen ${"$"}{PORT} --slot "%i"' --exec-name x dist v1 h`;
  const { hosts } = await configOf(line);
  assert.equal(hosts[0].app.exec.flags, []);
  assert.equal(hosts[0].app.unit, {
    Service: { ExecStart: '/opt/link-shortener/versions/current-%i/bin/x --listen ${PORT} --slot "%i"' },
  });
});

const usage = "bgdeploy deploy <dist> <version> <host…>";
const refusals: readonly (readonly [line: string, problems: readonly string[]])[] = [
  ["", [`deploy needs a build, a version and hosts: ${usage}`]],
  ["dist", [`deploy needs a version and hosts after "dist": ${usage}`]],
  ["dist v1.0", [`deploy needs a host after "dist" and "v1.0": ${usage}`]],
  [
    "-p bleu 1 -p green 70000 -p blue 8e3 dist v1 h",
    [
      '-p bleu 1: the variant is blue or green. Did you mean "blue"?',
      "-p green 70000: the port must be a whole number from 1 to 65535",
      "-p blue 8e3: the port must be a whole number from 1 to 65535",
    ],
  ],
  [
    "-p blue 8002 dist v1 h",
    ["-p: blue and green are both 8002, but both run during a deploy. Use two different ports"],
  ],
  [
    `-F "-F 'infra" --exec-flags '"' dist v1 h`,
    [
      "--ssh-flags has a single quote that is not closed, at character 4",
      "--exec-flags has a double quote that is not closed, at character 1",
    ],
  ],
  ["-F -F dist v1 h", ["--ssh-flags: -F needs a file name: --ssh-flags '-F infra/ssh_config'"]],
  ["-F --foo dist v1 h", ["--ssh-flags: unknown ssh flag --foo"]],
  ["-F 'a b' dist v1 h", ['--ssh-flags "a b" must start with a flag of ssh, such as -F or -o']],
  ["-F '-F infra/ssh_confg' dist v1 h", ['--ssh-flags: "infra/ssh_confg" does not exist']],
  ["-F infra/ssh_config dist v1 prod-02", ['no Host "prod-02" in infra/ssh_config. Did you mean "prod-01"?']],
  ["dist v1 h h", ['the host "h" is given twice']],
  ["--user a --user b dist v1 h", ['--user is given twice: "a" and "b"']],
  ["-e A 1 -e A 2 dist v1 h", ["-e A is given twice"]],
  [
    "-e HOST 0 -e PORT 1 dist v1 h",
    ["-e HOST: bgdeploy sets HOST itself", "-e PORT: bgdeploy sets PORT itself. Use -p instead"],
  ],
  ["build v1 h", ["DIR/build does not exist. Build the app first, or pass another directory"]],
  [
    "--app-name shop dist v1 h",
    ["there is no bin/shop in DIR/dist. Build the app, or set its program with --exec-name"],
  ],
];

for (const [line, problems] of refusals) {
  test(`\`deploy ${line}\` is refused in the words of the command line, before any connection`, async () => {
    const { code, stdout, stderr } = await bgdeploy(["deploy", ...words(line)], cwd);
    assert.is(stderr, problems.map((problem) => `bgdeploy: ${problem}\n`).join(""));
    assert.equal([code, stdout], [2, ""]);
  });
}

test("of values that will not do each is named by its flag", async () => {
  const line = `--destination opt/x --app-name 'a b' --user 'c d' --exec-name e/f --exec-user 'x y' -e 9A 1 -e 'B C' 1
    --post-script no.sh --pre-script no.sh --env-var-prefix 'a b' --group 'g h' --exec-flags "a'\n'b" dist 'v 1' h/1`;
  const { stderr } = await bgdeploy(["deploy", ...words(line)], cwd);
  assert.is(
    stderr
      .trim()
      .split("\n")
      .map((each) => /^bgdeploy: (--[\w-]+|-e [\w ]+|<version>|"h\/1")/.exec(each)?.[1] ?? each)
      .join(", "),
    '--app-name, <version>, --destination, --exec-name, --exec-flags, --exec-user, --user, --group, -e 9A, -e B C, --env-var-prefix, "h/1", --pre-script, --post-script',
  );
});

test("who has no config is told where one comes from", () => {
  const where = "(this needs a config: bgdeploy init --from '<this command line>')";
  assert.is(
    withoutConfig("`bgdeploy vhost <stage>` prints a site"),
    `\`bgdeploy vhost production\` prints a site ${where}`,
  );
  assert.is(withoutConfig("Then: bgdeploy run production"), "Then: the same command line again");
  assert.is(withoutConfig("nginx is not running"), "nginx is not running");
});

test.run();
