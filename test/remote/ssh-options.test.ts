import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SshSettings } from "../../lib/model/ssh-settings.ts";
import { channelFlags, masterFlags, sshConfigText } from "../../lib/remote/ssh-options.ts";
import { withDirectory } from "./support/bash.ts";

const nothing = { configFile: undefined, knownHosts: undefined, strictHostKeys: "accept-new" } as const;

test("the user's configuration comes before what holds where it says nothing", () => {
  assert.is(
    sshConfigText({ ...nothing, configFile: "/projects/shop/infra/ssh_config" }, { ask: false }),
    `BatchMode yes
Include /projects/shop/infra/ssh_config
Host *
  StrictHostKeyChecking accept-new
  ConnectTimeout 10
  ServerAliveInterval 5
  ServerAliveCountMax 3
`,
  );
});

test("without a file, ssh's own places are included", () => {
  assert.equal(sshConfigText(nothing, { ask: true, agent: ["AddKeysToAgent yes"] }).split("\n"), [
    "BatchMode no",
    "Include ~/.ssh/config",
    "Include /etc/ssh/ssh_config",
    "Host *",
    "  StrictHostKeyChecking accept-new",
    "  ConnectTimeout 10",
    "  ServerAliveInterval 5",
    "  ServerAliveCountMax 3",
    "  AddKeysToAgent yes",
    "",
  ]);
});

test("a path with a space is quoted", () => {
  assert.match(
    sshConfigText({ ...nothing, configFile: "/projects/my shop/ssh_config" }, { ask: false }),
    '\nInclude "/projects/my shop/ssh_config"\n',
  );
});

/** What ssh itself makes of the user's configuration and our flags, by keyword (`ssh -G` connects to nothing). */
function effective(
  user: string,
  flags: readonly string[],
  make: typeof masterFlags,
  host = "web1",
  more: Partial<SshSettings> = {},
): Promise<Readonly<Record<string, string>>> {
  return withDirectory((directory) => {
    const paths = { config: `${directory}/config`, socket: `${directory}/0` };
    writeFileSync(`${directory}/user config`, user);
    writeFileSync(
      paths.config,
      sshConfigText({ ...nothing, configFile: `${directory}/user config`, ...more }, { ask: false }),
    );
    const words = ["-G", ...make(paths, { ...nothing, flags }), "--", host];
    const { stdout, stderr } = spawnSync("ssh", words, { encoding: "utf8" });
    assert.is(stderr, "");
    const lines = stdout.replaceAll(directory, "DIR").trim().split("\n");
    return Promise.resolve(
      Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)])),
    );
  });
}

const pick = (all: Readonly<Record<string, string>>, ...names: readonly string[]): readonly (string | undefined)[] =>
  names.map((name) => all[name]);

test("ssh takes our defaults where the user says nothing, and finds the host", async () => {
  const all = await effective("Host web1\n  HostName 10.0.0.1\n  User deploy\n  Port 2222\n", [], masterFlags);
  assert.equal(pick(all, "hostname", "user", "port"), ["10.0.0.1", "deploy", "2222"]);
  assert.equal(
    pick(all, "stricthostkeychecking", "connecttimeout", "serveraliveinterval", "serveralivecountmax", "batchmode"),
    ["accept-new", "10", "5", "3", "yes"],
  );
});

test("what the user wrote stays, also under Host *", async () => {
  const user = "Host web1\n  ConnectTimeout 3\nHost *\n  StrictHostKeyChecking yes\n  ServerAliveInterval 60\n";
  const all = await effective(user, [], masterFlags);
  assert.equal(pick(all, "connecttimeout", "stricthostkeychecking", "serveraliveinterval"), ["3", "true", "60"]);
});

test("our defaults reach the bastion of a ProxyJump", async () => {
  const all = await effective("Host web1\n  ProxyJump jump\nHost jump\n  User me\n", [], masterFlags, "jump");
  assert.equal(pick(all, "user", "stricthostkeychecking"), ["me", "accept-new"]);
});

test("pinned keys are all that is accepted, also of the bastion, whatever the user's configuration says", async () => {
  const user = "Host *\n  UserKnownHostsFile /mine\nHost web1\n  ProxyJump jump\n";
  const pinned = { knownHosts: "/projects/my 100% shop/known_hosts", strictHostKeys: "yes" } as const;
  for (const host of ["web1", "jump"]) {
    const all = await effective(user, [], masterFlags, host, pinned);
    assert.equal(pick(all, "userknownhostsfile", "stricthostkeychecking", "globalknownhostsfile"), [
      pinned.knownHosts,
      "true",
      "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2",
    ]);
  }
});

test("what would break a session is overridden, whatever the user's configuration says", async () => {
  const user = `Host *
  RemoteCommand tmux attach
  RequestTTY force
  ControlMaster no
  ControlPath /tmp/mine
  ControlPersist 1h
  PermitLocalCommand yes
  BatchMode no
  LogLevel QUIET
  SessionType none
  StdinNull yes
  ForkAfterAuthentication yes
`;
  const all = await effective(user, [], masterFlags);
  assert.equal(
    pick(all, "remotecommand", "requesttty", "controlmaster", "controlpath", "controlpersist", "permitlocalcommand"),
    [undefined, "false", "true", "DIR/0", "no", "no"],
  );
  assert.equal(pick(all, "batchmode", "loglevel", "sessiontype", "stdinnull", "forkafterauthentication"), [
    "yes",
    "INFO",
    "default",
    "no",
    "no",
  ]);
});

test("the user's flags win over their configuration and ours", async () => {
  const all = await effective(
    "Host web1\n  User a\n",
    ["-l", "b", "-o", "ConnectTimeout=2", "-i", "/etc/hostname"],
    masterFlags,
  );
  assert.equal(pick(all, "user", "connecttimeout", "identityfile"), ["b", "2", "/etc/hostname"]);
});

test("a further channel goes over the open connection, or nowhere", async () => {
  const all = await effective("Host web1\n  ProxyJump jump\n", [], channelFlags);
  assert.equal(pick(all, "controlmaster", "controlpath"), ["false", "DIR/0"]);
  assert.not.ok(all["proxyjump"]);
});

test("a -F among the user's flags is left out: the generated file includes it", () => {
  const paths = { config: "/c", socket: "/s" };
  const words = masterFlags(paths, { ...nothing, flags: ["-F", "/mine", "-v", "-F/other"] });
  assert.equal(words.slice(-3), ["-v", "-F", "/c"]);
  assert.not.ok(words.includes("/mine"));
});

test.run();
