import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said } from "../support/hosts.ts";

/** An app that was taken over: it runs what it is sent. */
const takenOver = `#!/usr/local/bin/node
import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
createServer(async (request, response) => {
  const script = (await request.toArray()).join("");
  const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  response.end(stdout + stderr);
}).listen(Number(process.env.PORT), "127.0.0.1");
`;

/** What others left open on the host, which would be the attacker's luck. */
const luck = `
install -m 4755 /bin/bash /usr/local/bin/rootbash
install -d -m 0777 /srv/open /etc/open
echo private >/home/deploy/notes; chmod 755 /home/deploy; chmod 644 /home/deploy/notes
`;

const test = labSuite("the sandbox of the unit");
/** The one is deployed by a user with sudo rules, the other by root. */
const hosts = ["h1", "h2"];
let scene: Scene;
test.before(async () => {
  scene = await aScene("unit", {
    machines: 2,
    hosts: ["private-h1", "root-h2"],
  });
  await scene.project.write({
    hosts: ["private-h1", "root-h2"],
    settings: `health: { timeout: "10s", settle: "0s" }, runtime: true,`,
    files: { "dist/bin/link-shortener": takenOver },
  });
  for (const host of hosts) await said(scene.lab, host, luck);
  succeeded(await scene.project.run("run", "production", "--version", "v1"));
});
test.after(() => scene.end());

/** What a command says that the app of a host runs for the attacker. */
async function attack(host: string, command: string, port = 8001): Promise<string> {
  const { stdout } = await scene.lab.exec(host, `curl -s --data-binary @- http://127.0.0.1:${port}/`, command);
  return stdout.trim();
}

async function everywhere(command: string, port?: number): Promise<readonly string[]> {
  return Promise.all(hosts.map((host) => attack(host, command, port)));
}

const both = (text: string): readonly string[] => hosts.map(() => text);

for (const directory of [
  "/opt/link-shortener",
  "/opt/link-shortener/versions",
  "$PWD",
  "$PWD/bin",
  "/etc/open",
  "/srv/open",
  "/var/lib",
  "/home/deploy",
]) {
  test(`it cannot write into ${directory}`, async () => {
    assert.equal(
      await everywhere(`touch ${directory}/planted 2>/dev/null && echo written || echo refused`),
      both("refused"),
    );
  });
}

test("it cannot change the program of its own release", async () => {
  const write = "{ chmod 755 bin/link-shortener; echo '//' >>bin/link-shortener; } 2>/dev/null";
  assert.equal(await everywhere(`${write} && echo written || echo refused`), both("refused"));
});

test("it cannot become root by a setuid program, nor make one", async () => {
  assert.equal(
    await everywhere(`[ "$(rootbash -p -c 'id -u')" = "$(id -u)" ] && echo the same || echo root`),
    both("the same"),
  );
  assert.equal(
    await everywhere("cp /bin/bash /tmp/mine && chmod 4755 /tmp/mine 2>/dev/null && echo made || echo refused"),
    both("refused"),
  );
});

test("it cannot read /home, also where it is open to all", async () => {
  assert.equal(await everywhere("cat /home/deploy/notes 2>/dev/null || echo refused"), both("refused"));
});

test("it cannot see the processes of others", async () => {
  assert.equal(await everywhere("[ -e /proc/1/cmdline ] && echo seen || echo hidden"), both("hidden"));
});

for (const [name, family] of [
  ["AF_PACKET", 17],
  ["AF_INET", 2],
] as const) {
  test(`it cannot open a raw socket of ${name}, not even through a setuid program`, async () => {
    const open = `rootbash -p -c 'perl -e "socket(S, ${family}, 3, 3) and print q(open)"'`;
    assert.equal(await everywhere(`${open} | grep . || echo refused`), both("refused"));
  });
}

test("it cannot load a module or make a namespace, not even through a setuid program", async () => {
  // finit_module(2) of no file at all: whoever may load one hears of the file.
  const load = `rootbash -p -c 'perl -e "my \\$none = q(); syscall(313, -1, \\$none, 0); print 0 + \\$!"'`;
  assert.equal(await everywhere(load), both("1"));
  assert.equal(await everywhere("unshare -Ur true 2>/dev/null && echo made || echo refused"), both("refused"));
});

test("it leaves no core file, and what it writes is not for all to read", async () => {
  assert.equal(await everywhere("ulimit -Hc; umask"), both("0\n0027"));
});

test("another app of the same group cannot read its state", async () => {
  for (const host of hosts) {
    const look = "setpriv --reuid nobody --regid www-data --clear-groups ls";
    assert.is(await said(scene.lab, host, `${look} -d /var/lib/link-shortener`), "/var/lib/link-shortener\n");
    assert.is.not((await scene.lab.exec(host, `${look} /var/lib/link-shortener`)).code, 0);
  }
});

test("systemd rates the exposure of the unit below 3", async () => {
  for (const host of hosts) {
    const text = await said(
      scene.lab,
      host,
      "systemd-analyze security --no-pager link-shortener@blue.service | tail -n 1",
    );
    const [, exposure = "none"] = /: ([\d.]+) /.exec(text) ?? [];
    assert.ok(Number(exposure) < 3, text);
  }
  const { stdout } = await scene.project.run("doctor", "production", "--verbose");
  assert.match(stdout, /fine +the exposure of link-shortener@blue\.service is 1\.\d of 10/);
});

test("both variants write their state into one directory, and each has one of its own while it runs", async () => {
  const write = 'touch "$RUNTIME_DIRECTORY/mine"; echo of $LINK_SHORTENER_VARIANT >>"$STATE_DIRECTORY/kept"';
  const show = 'cat "$STATE_DIRECTORY/kept"; echo "$STATE_DIRECTORY $RUNTIME_DIRECTORY"';
  const places = (variant: string): string => `/var/lib/link-shortener /run/link-shortener/${variant}`;
  assert.equal(await everywhere(`${write}; ${show}`), both(`of blue\n${places("blue")}`));
  succeeded(await scene.project.run("run", "production", "--version", "v2"));
  assert.equal(await everywhere(`${write}; ${show}`, 8002), both(`of blue\nof green\n${places("green")}`));
  // The old variant's went with it, and the new one's did not.
  for (const host of hosts) assert.is(await said(scene.lab, host, "ls /run/link-shortener"), "green\n");
});

test.run();
