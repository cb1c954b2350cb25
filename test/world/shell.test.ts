import * as assert from "uvu/assert";
import { openSession } from "../../lib/remote/session.ts";
import { connectProblem } from "../../lib/remote/connect-error.ts";
import { labSuite } from "../lab/suite.ts";
import type { World } from "./support/world.ts";
import { aWorld, fingerprint } from "./support/world.ts";

const test = labSuite("login shells");
let world: World;

test.before(async () => {
  world = await aWorld({ hosts: 1, bastion: false, name: "world-shell" });
});

test.after(() => world.close());

test.after.each(async () => {
  await onHost("usermod -s /bin/bash deploy; rm -rf ~deploy/.config; cp /etc/skel/.bashrc /etc/skel/.profile ~deploy");
});

const hostile = `it's "$HOME" \`id\` $(id) \\\\ * ; & | # ~ !x {a,b} é`;

/** A hook that sends words through the login shell, and has the host send them back. */
const hook = `const word = ${JSON.stringify(hostile)};
const echo = hook("echo", async ({ $, log }) => {
  const { stdout } = await $\`x=1; printf '%s|' "$x" \${word} \${[word, "two"]}\`;
  log(stdout === ["1", word, word, "two", ""].join("|") ? "came back unchanged" : "CHANGED: " + stdout);
});`;

test("a .bashrc that prints is named with its mend, before anything changes", async () => {
  await onHost("sed -i '1i echo Welcome to h1' ~deploy/.bashrc");
  const before = await fingerprint(world.lab, "h1");
  const { code, stderr } = await world.call();
  assert.is(
    stderr,
    'bgdeploy: h1: the login shell prints "Welcome to h1" before any command, which breaks rsync. Make /home/deploy/.bashrc print only on a terminal: put `case $- in *i*) ;; *) return ;; esac` on its first line\n',
  );
  assert.is(code, 2);
  assert.is(await fingerprint(world.lab, "h1"), before);
});

test("its mend helps", async () => {
  await onHost(
    "sed -i '1i echo Welcome to h1' ~deploy/.bashrc; sed -i '1i case $- in *i*) ;; *) return ;; esac' ~deploy/.bashrc",
  );
  await deploys();
});

test("a .bashrc that prints to stderr only does no harm", async () => {
  await onHost("sed -i '1i echo Welcome to h1 >&2' ~deploy/.bashrc");
  await deploys();
});

for (const shell of ["fish", "dash"]) {
  test(`a login shell of ${shell} works, hooks with hostile words too`, async () => {
    await onHost(`usermod -s $(command -v ${shell}) deploy`);
    await deploys();
  });
}

test("a fish that prints is named with fish's mend", async () => {
  await onHost(
    "usermod -s /usr/bin/fish deploy; mkdir -p ~deploy/.config/fish; echo 'echo Hi' > ~deploy/.config/fish/config.fish; chown -R deploy ~deploy/.config",
  );
  const { code, stderr } = await world.call();
  assert.is(
    stderr,
    'bgdeploy: h1: the login shell prints "Hi" before any command, which breaks rsync. Make /home/deploy/.config/fish/config.fish print only on a terminal: put `status is-interactive; or exit` on its first line\n',
  );
  assert.is(code, 2);
  await onHost("sed -i '1i status is-interactive; or exit' ~deploy/.config/fish/config.fish");
  await deploys();
});

test("with umask 077 in the host's profile nginx can read the static files all the same", async () => {
  await onHost("sed -i '1i umask 077' ~deploy/.bashrc ~deploy/.profile; mkdir -p ~deploy/.config");
  await deploys();
  const address = world.lab.hosts[0]?.address;
  const answer = await fetch(`http://${address}/static/page.txt`, { headers: { connection: "close" } });
  assert.is(`${answer.status} ${await answer.text()}`, "200 static\n");
});

test("a login shell that never comes is given up, with a reason", async () => {
  await onHost("sed -i '1i sleep 60' ~deploy/.bashrc");
  const connection = { host: "h1", flags: ["-F", world.lab.trustingSshConfig], limit: 1500 };
  const failure = (await openSession(connection, () => "word").ready.catch((error: unknown) => error)) as {
    stderr: string;
  };
  assert.is(
    connectProblem({ host: "h1", ssh: "ssh", pinning: "none" }, failure.stderr, null).reason,
    "sshd or the login shell gave no answer within 1.5 s; a start-up file such as .bashrc may be waiting for input",
  );
});

test.run();

async function deploys(): Promise<void> {
  const { code, stdout, stderr } = await world.call({
    settings: `pre: (() => { ${hook} return echo; })(),`,
  });
  assert.is(code, 0, stderr + stdout);
  assert.match(stdout, "came back unchanged");
  assert.match(await world.served("h1"), /^(blue|green)\n$/);
}

async function onHost(command: string): Promise<void> {
  const { code, stderr } = await world.lab.exec("h1", command);
  if (code !== 0) throw new Error(stderr);
}
