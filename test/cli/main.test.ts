import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { installFakeSsh } from "../remote/support/fake-ssh.ts";
import { withDirectory } from "../remote/support/bash.ts";
import type { Said } from "./support/fake-world.ts";
import { bgdeploy } from "./support/fake-world.ts";

let uninstall = (): void => {};
test.before(() => {
  uninstall = installFakeSsh();
});
test.after(() => uninstall());

const config = `export default {
  app: "shop",
  version: "v1.1",
  stages: {
    production: { hosts: ["denied"], secrets: ["TOKEN"] },
    staging: { hosts: ["h1"], user: "deploy" },
    cut: { hosts: ["cut"] },
  },
};
`;

/** Runs in a directory that holds a config and a build. */
function inProject(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Said> {
  return withDirectory((directory) => {
    writeFileSync(`${directory}/deploy.config.ts`, config);
    mkdirSync(`${directory}/dist/bin`, { recursive: true });
    writeFileSync(`${directory}/dist/bin/shop`, "#!/bin/sh\n", { mode: 0o755 });
    return bgdeploy(argv, directory, { env });
  });
}

const version = /"version": "(.*)"/.exec(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))?.[1];

test("the version is that of the package", async () => {
  assert.equal(await bgdeploy(["--version"], "/"), { code: 0, stdout: `${version}\n`, stderr: "" });
});

test("help is on stdout, and is no failure", async () => {
  for (const argv of [[], ["--help"], ["help", "run"], ["run", "-h"]]) {
    const { code, stdout, stderr } = await bgdeploy(argv, "/");
    assert.equal([code, stdout.length > 200, stderr], [0, true, ""]);
  }
});

test("each thing that is wrong is a line on stderr, and the exit code is 2", async () => {
  assert.equal(await bgdeploy(["run", "--only", "--bogus"], "/"), {
    code: 2,
    stdout: "",
    stderr:
      "bgdeploy: run has no flag --bogus. Type: bgdeploy run --help\n" +
      "bgdeploy: --only needs a value: --only HOST\n",
  });
});

test("without a config, it is said where one was looked for", async () => {
  await withDirectory(async (directory) => {
    const { code, stdout, stderr } = await bgdeploy(["run", "production"], directory);
    assert.equal([code, stdout], [2, ""]);
    assert.match(stderr, /^bgdeploy: .*deploy\.config\.ts/);
  });
});

test("an unknown stage is refused with those that there are", async () => {
  const { code, stderr } = await inProject(["run", "prodution"]);
  assert.is(code, 2);
  assert.match(stderr, 'Did you mean "production"?');
});

test("where the config has several stages, one must be named", async () => {
  const { code, stderr } = await inProject(["run"]);
  assert.equal([code, stderr], [2, "bgdeploy: Which stage? production, staging, cut. Usage: bgdeploy run <stage>\n"]);
  assert.match((await inProject(["status", "--onyl", "h1"])).stderr, /^bgdeploy: status has no flag --onyl.*\n$/);
});

const single = `export default { app: "shop", version: "v1", stages: { live: { hosts: ["h1"], user: "deploy" } } };\n`;

/** As `inProject`, with a config of one stage. */
function inSingle(argv: readonly string[]): Promise<Said> {
  return withDirectory((directory) => {
    writeFileSync(`${directory}/deploy.config.ts`, single);
    return bgdeploy(argv, directory);
  });
}

test("a config with one stage needs no stage name; which it is, is said beside the output", async () => {
  const { code, stdout, stderr } = await inSingle(["tasks"]);
  assert.equal([code, stderr], [0, "Stage: live\n"]);
  assert.is(stdout, (await inSingle(["tasks", "live"])).stdout);
});

test("a word that is no stage is never taken for something else", async () => {
  const start = 'bgdeploy: no stage "h1" in deploy.config.ts. It has: live';
  const hint = '. "h1" is a host: type live --only h1 (ssh: live h1)';
  for (const line of ["ssh h1", "run h1", "rollback h1"]) {
    assert.equal(await inSingle(line.split(" ")), { code: 2, stdout: "", stderr: `${start}${hint}\n` });
  }
  const { stderr } = await inSingle(["exec", "uptime", "--", "uptime"]);
  assert.is(stderr, 'bgdeploy: no stage "uptime" in deploy.config.ts. It has: live\n');
});

test("what another tool has where our commands have a stage is told in our words", async () => {
  for (const [line, own] of [
    ["lock release", "bgdeploy unlock"],
    ["prune all", "bgdeploy prune"],
    ["rollback 1.2", "bgdeploy rollback --to 1.2"],
  ] as const) {
    assert.match((await inSingle(line.split(" "))).stderr, `\nbgdeploy: Did you mean: ${own}\n`);
  }
});

test("a rollback that names neither stage nor release asks first", async () => {
  const { code, stderr } = await inSingle(["rollback"]);
  const why = "No terminal to prompt on; pass --yes, or name the stage: bgdeploy rollback live";
  assert.equal([code, stderr], [2, `Stage: live\nbgdeploy: ${why}\n`]);
});

test("a secret that is missing is found before any connection", async () => {
  const { code, stderr } = await inProject(["run", "production"]);
  assert.is(code, 2);
  assert.match(stderr, "TOKEN");
});

test("a bad -e is refused", async () => {
  const { code, stderr } = await inProject(["run", "staging", "-e", "NOVALUE"]);
  assert.equal([code, stderr], [2, "bgdeploy: --env NOVALUE: expected KEY=VALUE\n"]);
});

test("a bad --lock-wait is refused", async () => {
  const { code, stderr } = await inProject(["run", "staging", "--lock-wait", "long"]);
  assert.equal([code, stderr], [2, "bgdeploy: --lock-wait long: expected a duration such as 30s or 5m\n"]);
});

test("a host that lets nobody in is said with what to type, and nothing was touched", async () => {
  const { code, stderr } = await inProject(["run", "production"], { TOKEN: "hush" });
  assert.is(code, 2);
  assert.match(stderr, /^bgdeploy: denied: ssh login failed \(publickey\)\. Check the user and the key: ssh /);
  assert.not.match(stderr, "hush");
});

test("a doctor tells of a host that lets nobody in, of this machine, and of a secret that is not set", async () => {
  const { code, stdout, stderr } = await inProject(["doctor", "production"]);
  assert.is(code, 1);
  assert.match(
    stdout,
    /^this machine\n {2}wrong {4}stages\.production\.secrets: not set in this environment, or empty: TOKEN\./,
  );
  assert.match(
    stdout,
    /\ndenied\n {2}wrong {4}ssh login failed \(publickey\)\. Check the user and the key.*\n {13}ssh denied\n/,
  );
  assert.match(stdout, "\n2 problems (this machine and 1 host checked)");
  assert.is(stderr, "");
});

test("a doctor cannot look where the config cannot be read", async () => {
  const { code, stdout, stderr } = await inProject(["doctor", "prodution"]);
  assert.equal([code, stdout], [2, ""]);
  assert.match(stderr, 'Did you mean "production"?');
});

test("a connection that is lost while hosts are read is no bug of ours", async () => {
  const { code, stderr } = await inProject(["plan", "cut"]);
  assert.match(stderr, /^bgdeploy: cut: the connection was lost/);
  assert.not.match(stderr, "this is a bug in bgdeploy");
  assert.ok(code === 1 || code === 2, String(code));
});

test("what the unit, the site and the rules would be is printed without a connection", async () => {
  for (const [verb, text] of [
    ["unit", "[Service]"],
    ["vhost", "upstream shop_backend"],
    ["sudoers", "deploy ALL=(root) NOPASSWD: "],
  ] as const) {
    const { code, stdout, stderr } = await inProject([
      verb,
      "production",
      ...(verb === "sudoers" ? ["--user", "deploy"] : []),
    ]);
    assert.equal([code, stderr], [0, ""]);
    assert.match(stdout, text);
  }
});

test("the tasks are listed with their barriers and undo", async () => {
  const { code, stdout } = await inProject(["tasks", "production"]);
  assert.is(code, 0);
  const rows = stdout.split("\n").map((line) => line.split(/ {2,}/));
  assert.equal(rows[0], ["task", "what it does", "hosts", "undo"]);
  assert.equal(
    rows.find(([name]) => name === "nginx:switch"),
    ["nginx:switch", "move the traffic", "‖ all hosts wait for each other", "put back"],
  );
  assert.equal(
    rows.find(([name]) => name === "systemd:stop"),
    ["systemd:stop", "stop the old variant", "‖ all hosts wait for each other", "irreversible"],
  );
});

test("a config that throws is said with its file, not as our bug", async () => {
  await withDirectory(async (directory) => {
    writeFileSync(`${directory}/deploy.config.ts`, "throw new Error('oops');\n");
    const { code, stderr } = await bgdeploy(["tasks", "production"], directory);
    assert.is(code, 2);
    assert.match(stderr, /deploy\.config\.ts.*oops/);
  });
});

test("nothing is left behind in the directory for sockets", async () => {
  await withDirectory(async (directory) => {
    writeFileSync(`${directory}/deploy.config.ts`, config);
    mkdirSync(`${directory}/dist/bin`, { recursive: true });
    writeFileSync(`${directory}/dist/bin/shop`, "#!/bin/sh\n", { mode: 0o755 });
    await bgdeploy(["run", "production"], directory, { env: { TOKEN: "x" } });
    assert.equal(readdirSync(directory), ["deploy.config.ts", "dist"]);
  });
});

test.run();
