import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import * as assert from "uvu/assert";
import { run } from "../lab/command.ts";
import { labSuite } from "../lab/suite.ts";
import { bgdeployWords } from "../support/bgdeploy.ts";
import type { Seen } from "./support/terminal.ts";
import { inTerminal } from "./support/terminal.ts";
import type { World } from "./support/world.ts";
import { aWorld, fingerprint } from "./support/world.ts";

const test = labSuite("passphrases");
let world: World;
/** The settings of a config whose key is locked. */
let settings = "";
let key = "";

const passphrase = "open sesame";
const question = /Enter passphrase for key/;

test.before(async () => {
  world = await aWorld({ hosts: 3, name: "world-pass" });
  key = join(world.directory, "locked");
  await copyFile(world.lab.key, key);
  await promisify(execFile)("ssh-keygen", ["-q", "-p", "-P", "", "-N", passphrase, "-f", key]);
  const config = join(world.directory, "locked_config");
  await writeFile(config, (await readFile(world.lab.sshConfig, "utf8")).replaceAll(world.lab.key, key));
  settings = `sshConfig: ${JSON.stringify(config)},`;
});

test.after(() => world.close());

test("without a terminal a locked key is a sentence, and nothing is touched", async () => {
  const before = await fingerprint(world.lab, "h1");
  const { code, stderr } = await world.call({ settings });
  const ssh = `ssh -F ${world.directory}/locked_config h1`;
  assert.is(
    stderr,
    `bgdeploy: h1: ssh login failed (publickey). Check the user and the key: ${ssh}. For a key with a passphrase, use a terminal, or add the key once: ssh-add\n`,
  );
  assert.is(code, 2);
  assert.is(await fingerprint(world.lab, "h1"), before);
});

test("at a terminal it is asked for once for three hosts, before anything is drawn", async () => {
  const seen = await deploy(["h*"], [`${passphrase}\n`]);
  assert.is(seen.code, 0, seen.screen);
  const [before = "", after = ""] = seen.screen.split(/Enter passphrase for key .*\n/);
  assert.is(stripVTControlCharacters(before), "Connecting to h1, h2, h3 …\nh1 asks:\n");
  assert.not.match(after, question);
  assert.match(after, "v1 is live on h1, h2, h3.");
  assert.is(await agents(), "");
});

test("behind a bastion with the same key, too", async () => {
  const seen = await deploy(["private-h*"], [`${passphrase}\n`]);
  assert.is(seen.code, 0, seen.screen);
  assert.is(questions(seen), 1);
});

test("with an agent of the user's own it is asked for once, and stays there for a while", async () => {
  const socket = join(world.directory, "their-agent");
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "ignore"] });
  await once(agent.stdout, "data");
  try {
    const seen = await deploy(["h*"], [`${passphrase}\n`], { SSH_AUTH_SOCK: socket });
    assert.is(seen.code, 0, seen.screen);
    assert.is(questions(seen), 1);
    assert.is(
      (await world.call({ settings, env: { SSH_AUTH_SOCK: socket } })).code,
      0,
      "no terminal is needed any more",
    );
  } finally {
    agent.kill();
    await once(agent, "exit");
  }
});

test("a wrong passphrase is asked for again, then it is a sentence", async () => {
  const seen = await deploy(["h1"], ["wrong\n", "wrong\n", "wrong\n"]);
  assert.is(seen.code, 2, seen.screen);
  assert.match(seen.screen, /bgdeploy: h1: ssh login failed \(publickey\)\. /);
});

test("an unknown host key is asked for where the ssh_config says ask", async () => {
  await writeFile(world.lab.knownHosts, "");
  const words = await world.prepare({ ssh: "Host *\nStrictHostKeyChecking ask" });
  const seen = await inTerminal([...bgdeployWords, ...words], {
    cwd: world.directory,
    answers: [[/Are you sure you want to continue connecting/, "yes\n"]],
  });
  assert.is(seen.code, 0, seen.screen);
  assert.match(await readFile(world.lab.knownHosts, "utf8"), /^h1 /);
});

test("Ctrl-C at the question ends everything, and nothing was touched", async () => {
  const before = await fingerprint(world.lab, "h1");
  const seen = await deploy(["h1"], ["\u0003"]);
  assert.not.equal(seen.code, 0);
  assert.is(await fingerprint(world.lab, "h1"), before);
  assert.is(await agents(), "");
});

test.run();

async function deploy(
  hosts: readonly string[],
  typed: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Seen> {
  const words = await world.prepare({ hosts, settings });
  return inTerminal([...bgdeployWords, ...words], {
    cwd: world.directory,
    env,
    answers: typed.map((text) => [question, text] as const),
  });
}

function questions({ screen }: Seen): number {
  return screen.split(question).length - 1;
}

/** Private agents that were left behind by this test's runs. */
async function agents(): Promise<string> {
  for (let tries = 0; tries < 40; tries += 1) {
    const { stdout } = await run(["sh", "-c", "ps -eo args | grep '[s]sh-agent -a .*/bgd-' || :"]);
    if (stdout === "" || tries === 39) return stdout;
    await new Promise((done) => setTimeout(done, 100));
  }
  return "";
}
