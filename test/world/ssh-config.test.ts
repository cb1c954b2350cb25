import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { run } from "../lab/command.ts";
import { labSuite } from "../lab/suite.ts";
import type { Call, World } from "./support/world.ts";
import { aWorld } from "./support/world.ts";

const test = labSuite("ssh_config");
let world: World;

test.before(async () => {
  world = await aWorld({ hosts: 1, bastion: false, name: "world-ssh" });
});

test.after(() => world.close());

/** Settings that are fine for a person who types `ssh h1`, and would break a program. */
const settings: Readonly<Record<string, string>> = {
  "a RemoteCommand, a terminal and a session of another type":
    "RemoteCommand tmux attach\nRequestTTY force\nSessionType none",
  "ForkAfterAuthentication and StdinNull": "ForkAfterAuthentication yes\nStdinNull yes",
  "LogLevel QUIET": "LogLevel QUIET",
  "what only ssh itself understands":
    "IgnoreUnknown UseKeychain\nUseKeychain yes\nMatch !final host h1\nSendEnv A \\\nInclude %h.conf ${NOT_SET}x",
  "LogLevel DEBUG3 and a VisualHostKey": "LogLevel DEBUG3\nVisualHostKey yes",
  "an agent, an X server and compression": "ForwardAgent yes\nForwardX11 yes\nCompression yes",
};

for (const [name, ssh] of Object.entries(settings)) {
  test(`a user's ssh_config with ${name} does no harm`, () => deploys({ ssh: `Host h1\n${ssh}` }));
}

test("nor does a LocalCommand: it is not run", async () => {
  const mark = join(world.directory, "local-command-ran");
  await deploys({ ssh: `Host h1\nPermitLocalCommand yes\nLocalCommand touch ${mark}` });
  assert.not.ok(existsSync(mark));
});

test("nor do forwards on ports that are taken", async () => {
  const taken = createServer().listen(0, "127.0.0.1").unref();
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  await deploys({
    ssh: `Host h1\nLocalForward 127.0.0.1:${port} 127.0.0.1:80\nRemoteForward 22 127.0.0.1:80\nDynamicForward 127.0.0.1:${port}\nExitOnForwardFailure yes`,
  });
  taken.close();
});

test("nor does a ControlMaster of their own: it lives on, and is not used", async () => {
  const socket = join(world.directory, "theirs");
  const ssh = `Host h1\nControlMaster auto\nControlPath ${socket}\nControlPersist 60`;
  const theirs = ["ssh", "-F", world.lab.trustingSshConfig, "-S", socket];
  const master = spawn(theirs[0] ?? "", [...theirs.slice(1), "-M", "-N", "h1"], { stdio: "ignore" });
  try {
    for (let tries = 0; tries < 100 && !existsSync(socket); tries += 1)
      await new Promise((done) => setTimeout(done, 50));
    await deploys({ ssh });
    assert.is((await run([...theirs, "-O", "check", "h1"])).code, 0);
  } finally {
    master.kill();
    await once(master, "exit");
  }
  await deploys({ ssh });
  assert.not.ok(existsSync(socket), "no master is left behind");
});

test("StrictHostKeyChecking yes stays: an unknown host is refused, and its mend helps", async () => {
  await rm(world.lab.knownHosts);
  const ssh = "Host *\nStrictHostKeyChecking yes";
  const { code, stderr } = await world.call({ ssh });
  const mend = /ssh -F \S+ -o StrictHostKeyChecking=ask h1/.exec(stderr)?.[0] ?? "";
  assert.is(
    stderr,
    `bgdeploy: h1: its host key is unknown, and your ssh_config allows only known hosts. Compare its fingerprint and accept it once: ${mend}\n`,
  );
  assert.is(code, 2);
  assert.not.ok(existsSync(world.lab.knownHosts));
  assert.is((await run(["sh", "-c", mend.replace("=ask h1", "=accept-new h1 true")])).code, 0);
  await deploys({ ssh });
});

test("StrictHostKeyChecking ask is no yes where nobody can be asked", async () => {
  await rm(world.lab.knownHosts);
  const { code, stderr } = await world.call({ ssh: "Host *\nStrictHostKeyChecking ask" });
  assert.match(
    stderr,
    /^bgdeploy: h1: its host key is unknown, and your ssh_config asks before accepting one\. Connect once by hand and compare the fingerprint: ssh -F \S+ h1\n$/,
  );
  assert.is(code, 2);
});

test("a key that is unknown is taken in where the user's ssh_config says nothing", async () => {
  await deploys({});
  assert.match(await readFile(world.lab.knownHosts, "utf8"), /^h1 ssh-ed25519 /);
});

test("sshFlags with -p and -o reach ssh and rsync, and win over the ssh_config", async () => {
  await world.lab.exec(
    "h1",
    "printf 'Port 22\\nPort 2222\\n' > /etc/ssh/sshd_config.d/port.conf; systemctl restart ssh",
  );
  await deploys({ ssh: "Host h1\nPort 9\nUser nobody", settings: 'sshFlags: ["-p", "2222", "-o", "User=deploy"],' });
});

test("sshFlags with -F name the ssh_config, -Ffile too", async () => {
  const file = JSON.stringify(world.lab.sshConfig);
  await deploys({ settings: `sshFlags: ["-F", ${file}],` });
  await deploys({ settings: `sshFlags: ["-F" + ${file}],`, ssh: "" });
});

test("an ssh_config is found at a path that ssh itself would take apart or glob", async () => {
  const file = join(world.directory, "o'brien [old] 100%L");
  await writeFile(file, await readFile(world.lab.sshConfig, "utf8"));
  await deploys({ settings: `sshConfig: ${JSON.stringify(file)},` });
});

test("without one, the user's own in their home is read", async () => {
  const home = join(world.directory, "home");
  await run(["mkdir", "-p", `${home}/.ssh`]);
  await writeFile(join(home, ".ssh/config"), await readFile(world.lab.sshConfig, "utf8"));
  const { code, stderr } = await world.call({
    words: ["plan", "production"],
    settings: "sshConfig: undefined,",
    env: { HOME: home },
  });
  assert.is(stderr, "");
  assert.is(code, 0);
});

for (const name of ["-oProxyCommand=touch OWNED", "-F/dev/null", "h1 -v", "deploy@-oProxyCommand=x"]) {
  test(`a host by the name of ${name} is refused`, async () => {
    const { code, stderr } = await world.call({ hosts: [name] });
    assert.match(stderr, /^bgdeploy: stages\.production\.hosts\[0\]: /);
    assert.is(code, 2);
    assert.not.ok(existsSync(join(world.directory, "OWNED")));
  });
}

test.run();

async function deploys(call: Call): Promise<void> {
  const { code, stdout, stderr } = await world.call(call);
  assert.is(code, 0, stderr + stdout);
}
