import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseArgv } from "../../lib/cli/argv.ts";
import { commandLineConfig } from "../../lib/cli/commands/deploy.ts";
import { verbs } from "../../lib/cli/verbs.ts";
import type { Config } from "../../lib/config/resolved.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { splitWords } from "../../lib/model/shell-words.ts";
import { bgdeployWords } from "../support/bgdeploy.ts";
import { inTerminal } from "../world/support/terminal.ts";
import type { Said } from "./support/fake-world.ts";
import { bgdeploy } from "./support/fake-world.ts";

const test = suite("init");
const root = join(import.meta.dirname, "../..");
let parent: string;

test.before(() => {
  parent = mkdtempSync(join(tmpdir(), "bgdeploy-init-"));
});
test.after(() => rmSync(parent, { recursive: true }));

let count = 0;
/** A new directory called `shop`, with these files. */
function project(files: Readonly<Record<string, string>> = {}): string {
  count += 1;
  const directory = join(parent, String(count), "shop");
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content, { mode: 0o755 });
  }
  return directory;
}

const written = (directory: string, file = "deploy.config.ts"): string => readFileSync(join(directory, file), "utf8");
const production = (directory: string, version = "v1"): Promise<Config> =>
  loadConfig({
    cwd: directory,
    env: {},
    home: directory,
    stage: "production",
    secrets: "optional",
    overrides: { version },
  });

/** Answers the questions in order, and keeps them. */
function person(answers: readonly string[]): {
  readonly asked: string[];
  readonly ask: (question: string) => Promise<string>;
} {
  const [asked, left]: [string[], string[]] = [[], [...answers]];
  return {
    asked,
    ask(question) {
      asked.push(question);
      const answer = left.shift();
      return answer === undefined ? Promise.reject(new Error(`no answer to ${question}`)) : Promise.resolve(answer);
    },
  };
}

function succeeded(said: Said): Said {
  assert.is(said.code, 0, said.stderr);
  return said;
}

const sshConfig = "Host bastion\n  User root\nHost prod-01 prod-02\n  ProxyJump ada@bastion:22\n";

test("flags alone give a config that loads, and the commands to type next", async () => {
  const directory = project({ "package.json": '{"name":"@acme/link-shortener"}', "dist/bin/link-shortener": "" });
  const { stdout } = succeeded(
    await bgdeploy(["init", "--host", "prod-01", "--host", "prod-02", "--health", "/healthz"], directory),
  );
  assert.is(
    stdout,
    `Wrote deploy.config.ts: link-shortener on prod-01, prod-02.

Next:
  npm install --save-dev bgdeploy      adds types for your editor
  bgdeploy setup production --as root  prepares the hosts once; shows the changes and asks first
  bgdeploy plan production             shows what a deploy would do; changes nothing
  bgdeploy run production              deploys
`,
  );
  assert.is(
    written(directory),
    `import { defineConfig } from "bgdeploy";

/** Deploy with \`bgdeploy run production\`. All keys: docs/config.md of bgdeploy. */
export default defineConfig({
  // Names the unit, the directory /opt/<app> and the program <dist>/bin/<app>.
  app: "link-shortener",

  // Directory of the build to upload.
  dist: "dist",

  // Health check that the new variant must pass before it gets traffic.
  health: { http: "/healthz" },

  // Each stage has its hosts and may override any key above.
  stages: { production: { hosts: ["prod-01", "prod-02"] } },

  // Further options:
  // env: { LOG_LEVEL: "info" }, // environment variables of the service
  // secrets: ["DATABASE_URL"], // taken from your environment, and never shown
  // ports: { blue: 8001, green: 8002 }, // ports of the two variants
  // domain: "shop.example", // domain of the nginx site (default: any name)
  // pre: "scripts/migrate.sh", // runs on each host before the new variant starts
});
`,
  );
  const { hosts } = await production(directory);
  assert.equal(
    hosts.map(({ host, app }) => [host.name, app.name, app.health.http]),
    [
      ["prod-01", "link-shortener", "/healthz"],
      ["prod-02", "link-shortener", "/healthz"],
    ],
  );
});

test("a person is asked for what no flag says, offered what was found, and asked again where it will not do", async () => {
  const directory = project({ "infra/ssh_config": sshConfig, "build/bin/server": "" });
  const { asked, ask } = person([
    "",
    "",
    "",
    "-x",
    "prod-03",
    "prod-01, prod-02",
    "shop example",
    "",
    "healthz",
    "command",
  ]);
  const { stderr } = succeeded(await bgdeploy(["init"], directory, { interactive: true, ask }));
  assert.equal(asked, [
    "App name [shop]: ",
    "Directory of the build to upload [build]: ",
    "Hosts to deploy to (ssh names, separated by spaces); in infra/ssh_config: prod-01, prod-02: ",
    "Hosts to deploy to (ssh names, separated by spaces); in infra/ssh_config: prod-01, prod-02: ",
    "Hosts to deploy to (ssh names, separated by spaces); in infra/ssh_config: prod-01, prod-02: ",
    "Hosts to deploy to (ssh names, separated by spaces); in infra/ssh_config: prod-01, prod-02: ",
    "Domain of the site, such as shop.example, or `none` to answer to any name [none]: ",
    "Domain of the site, such as shop.example, or `none` to answer to any name [none]: ",
    "Health check: a path such as /healthz, `command` for `<bin> -c PORT`, or `port` [port]: ",
    "Health check: a path such as /healthz, `command` for `<bin> -c PORT`, or `port` [port]: ",
  ]);
  assert.is(
    stderr,
    '"-x" starts with -, which ssh reads as a flag\nno Host "prod-03" in infra/ssh_config. Did you mean "prod-01"?\n"shop example" is not a domain name such as "shop.example"\nenter a path such as /healthz, or `command`, or `port`\n',
  );
  const { hosts, ssh } = await production(directory);
  const { app } = hosts[0];
  assert.equal([app.exec.name, app.dist, app.health.command], ["server", join(directory, "build"), true]);
  assert.equal([hosts.length, ssh.configFile], [2, join(directory, "infra/ssh_config")]);
});

for (const [key, typed] of [
  ["Ctrl-C", "\u0003"],
  ["Ctrl-D", "\u0004"],
] as const) {
  test(`${key} in place of an answer ends it, and nothing is written`, async () => {
    const directory = project();
    const answers = [[/name \[shop\]: .*$/, typed]] as const;
    const { code, screen } = await inTerminal([...bgdeployWords, "init"], { cwd: directory, answers });
    assert.is(code, 130, screen);
    assert.match(screen, /\nbgdeploy: interrupted; nothing was changed\n$/);
    assert.not.ok(existsSync(join(directory, "deploy.config.ts")));
  });
}

test("with --yes, or in a pipe, nobody is asked; hosts are never guessed", async () => {
  const directory = project({ "infra/ssh_config": sshConfig });
  const refused = await bgdeploy(["init"], directory);
  assert.equal(
    [refused.code, refused.stderr, existsSync(join(directory, "deploy.config.ts"))],
    [
      2,
      "bgdeploy: no terminal to prompt on; pass --host. Hosts to deploy to (ssh names, separated by spaces); in infra/ssh_config: prod-01, prod-02\n",
      false,
    ],
  );
  const silent = await bgdeploy(["init", "--yes"], directory, { interactive: true });
  assert.match(silent.stderr, "bgdeploy: --yes asks no questions; pass --host. ");
  succeeded(await bgdeploy(["init", "--yes", "--host", "prod-*"], directory, { interactive: true }));
  assert.is((await production(directory)).hosts.length, 2);
});

for (const name of ["deploy.config.ts", "deploy.config.mts", "deploy.config.js", "deploy.config.mjs"]) {
  test(`a ${name} that is there is never overwritten`, async () => {
    const directory = project({ [name]: "mine" });
    for (const line of [
      ["--host", "h"],
      ["--from", "raco koyo deploy dist v1 h"],
    ]) {
      const { code, stderr } = await bgdeploy(["init", ...line], directory);
      assert.is(stderr, `bgdeploy: ${name} already exists; nothing was written. Edit it, or move it away first\n`);
      assert.equal([code, written(directory, name)], [2, "mine"]);
    }
  });
}

test("where package.json says CommonJS, the config is one that Node takes for a module all the same", async () => {
  const directory = project({ "package.json": '{"type":"commonjs"}' });
  assert.match(
    succeeded(await bgdeploy(["init", "--host", "h"], directory)).stdout,
    "Wrote deploy.config.mts: shop on h.",
  );
  assert.is((await production(directory)).hosts[0].app.name, "shop");
});

test("flags that will not do are refused, and nothing is written", async () => {
  const directory = project({ "infra/ssh_config": sshConfig });
  const problems: readonly (readonly [readonly string[], string])[] = [
    [
      ["--host", "h", "--app-name", "a b"],
      '--app-name: "a b" may contain only letters, digits, _ and -, and must not start with -',
    ],
    [["--host", "prod-03"], 'no Host "prod-03" in infra/ssh_config. Did you mean "prod-01"?'],
    [["--host", "h", "--health", "x"], "--health: enter a path such as /healthz, or `command`, or `port`"],
    [["--host", "h", "--ssh-config", "no"], '--ssh-config: "no" does not exist'],
    [["--host", "h", "--ssh-config", "/no"], '--ssh-config: "/no" does not exist'],
    [
      ["--host", "prod-03", "--ssh-config", join(directory, "infra/ssh_config")],
      'no Host "prod-03" in DIR/infra/ssh_config. Did you mean "prod-01"?',
    ],
    [
      ["--from", "raco koyo deploy dist v1 h", "--host", "h"],
      "--from takes everything from its command line; remove --host",
    ],
    [["--from", "make deploy dist v1 h"], '--from: must start with "raco koyo deploy" or "bgdeploy deploy"'],
    [["--from", "raco koyo deploy 'dist v1 h"], "--from has a single quote that is not closed, at character 18"],
    [["--from", "raco koyo deploy dist v1 h && make"], "--from: pass a single command, without &&"],
    [
      ["--from", "raco koyo deploy -e A hidden$HOSTS dist v1 h"],
      "--from: the shell would expand $HOSTS. Write its value instead",
    ],
    [
      ["--from", "raco koyo deploy dist v1"],
      'deploy needs a host after "dist" and "v1": bgdeploy deploy <dist> <version> <host…>',
    ],
    [["--from", "raco koyo deploy -p blue dist v1 h"], "-p blue dist: the port must be a whole number from 1 to 65535"],
  ];
  for (const [words, problem] of problems) {
    const { code, stderr } = await bgdeploy(["init", ...words], directory);
    assert.match(stderr, `bgdeploy: ${problem}`);
    assert.is(code, 2);
  }
  assert.not.ok(existsSync(join(directory, "deploy.config.ts")));
});

const lines: readonly string[] = [
  "raco koyo deploy dist/ v1.0 target-host-1 target-host-2",
  String.raw`$ raco koyo deploy \
    -e LINK_SHORTENER_DEBUG false \
    -e LINK_SHORTENER_URL_HOST link-shortener.example \
    dist v1.0 target-host`,
  "raco koyo deploy \\\n  -p blue 8000 \\\n  -p green 9000 \\\n  dist v1.0 target-host",
  "raco koyo deploy \\\n --ssh-flags '-F infra/ssh_config' \\\n dist v1.0 prod-01 prod-02",
  `bgdeploy deploy --app-name my-shop --destination /srv/my/ --env-var-prefix my-shop --health-check --user u --group g
     --exec-user x --exec-name shopd --exec-flags "--a 'b c' d" --pre-script pre.sh --post-script pre.sh
     -F "-F infra/ssh_config -o 'ConnectTimeout 3'" -e QUOTES 'it'\\''s "\${x}" \`y\` \\n' -e EMPTY '' -e SEPARATOR '|' -e TEXT 'a; b' dist 007 prod-01`,
  `npx bgdeploy deploy -q --lock-wait 5m --exec-flags '--slot=%i $PORT' dist v1.0 h`,
];

test("--from gives the config that the command line itself stands for, with the sandbox", async () => {
  for (const line of lines) {
    const directory = project({ "infra/ssh_config": sshConfig, "pre.sh": "true\n" });
    const words = (splitWords(line).words ?? []).map(({ text }) => text);
    const parsed = parseArgv(words.slice(words.indexOf("deploy")), verbs);
    if (parsed.kind !== "intent") throw new Error(parsed.kind);
    const place = { cwd: directory, env: {}, home: directory };
    const typed = await commandLineConfig(parsed.intent, place);
    succeeded(await bgdeploy(["init", "--from", line], directory));
    const { file: _file, trust: _trust, hosts: found, ...config } = await production(directory, typed.version);
    const { file: _typed, trust: _none, ...expected } = typed;
    const hosts = expected.hosts.map((each) => ({
      host: each.host,
      // What a command line accepts, a config need not.
      app: { ...each.app, user: undefined, appCanActAsDeployer: false, sandbox: true },
    }));
    assert.equal({ ...config, hosts: found.map(({ host, app }) => ({ host, app })) }, { ...expected, hosts }, line);
  }
});

test("--from leaves the version to each run, and takes what comes from the environment for a secret", async () => {
  const directory = project();
  const line = 'raco koyo deploy -e DATABASE_URL "$DATABASE_URL" -e A 1 -e B \'$B\' dist "$(git describe)" h';
  const { stdout } = succeeded(await bgdeploy(["init", "--from", line], directory));
  assert.match(stdout, "\n  bgdeploy plan production  ");
  assert.match(written(directory), '  secrets: ["DATABASE_URL"],\n');
  assert.match(written(directory), '  env: { A: "1", B: "$B" },\n');
  const named = project();
  const { stdout: next } = succeeded(await bgdeploy(["init", "--from", "raco koyo deploy dist v1.0 h"], named));
  assert.match(next, "\n  bgdeploy run production --version v1.0 ");
  assert.not.match(written(named), "v1.0");
});

test("the configs that were written type-check against the package", () => {
  const files = Array.from({ length: count }, (_, index) => `${index + 1}/shop/deploy.config.ts`);
  const made = files.filter(
    (file) => existsSync(join(parent, file)) && readFileSync(join(parent, file), "utf8") !== "mine",
  );
  assert.ok(made.length > 8);
  const compilerOptions = {
    module: "preserve",
    moduleResolution: "bundler",
    typeRoots: [join(root, "node_modules/@types")],
  };
  const config = { extends: join(root, "tsconfig.json"), compilerOptions, files: made, include: [] };
  writeFileSync(join(parent, "tsconfig.json"), JSON.stringify(config));
  const { stdout, stderr } = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", parent], { encoding: "utf8" });
  assert.is(stdout + stderr, "");
});

test.run();
