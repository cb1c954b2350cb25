import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SshSettings } from "../../lib/model/ssh-settings.ts";
import { channelFlags, masterFlags, sshConfigText } from "../../lib/remote/ssh-options.ts";
import { writeSshConfig } from "../../lib/remote/ssh-files.ts";
import { isSince87 } from "../../lib/remote/ssh-version.ts";
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

/** What ssh itself makes of the user's configuration and our flags, by keyword (`ssh -G` connects to nothing). */
function effective(
  user: string,
  flags: readonly string[],
  make: typeof masterFlags,
  host = "web1",
  { place = "user config", ...more }: Partial<SshSettings> & { readonly place?: string } = {},
): Promise<Readonly<Record<string, string>>> {
  return withDirectory(async (directory) => {
    const paths = { config: `${directory}/config`, socket: `${directory}/0`, knowsSessionType: true };
    const configFile = join(directory, place);
    mkdirSync(dirname(configFile), { recursive: true });
    writeFileSync(configFile, user);
    await writeSshConfig(paths.config, { ...nothing, configFile, ...more }, { ask: false });
    const words = ["-G", ...make(paths, { ...nothing, flags }), "--", host];
    const { stdout, stderr } = spawnSync("ssh", words, { encoding: "utf8" });
    assert.is(stderr, "");
    const lines = stdout.replaceAll(directory, "DIR").trim().split("\n");
    return Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]),
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

for (const place of [
  "my shop/c",
  "a[b]/c",
  "a*/c?",
  "o'brien/c",
  'say "hi"/c',
  "app%2Flogin/c",
  "${HOME}/c",
  "a#b/c",
  "back\\slash/c",
]) {
  test(`an ssh_config at ${place} is the one that is read`, async () => {
    const all = await effective("Host web1\n  HostName 10.0.0.1\n", [], masterFlags, "web1", { place });
    assert.is(all["hostname"], "10.0.0.1");
  });
}

test("pinned keys are found at a path with quotes", async () => {
  const knownHosts = `/home/o'brien/my #1 "shop"/known_hosts`;
  const all = await effective("", [], masterFlags, "web1", { knownHosts, strictHostKeys: "yes" });
  assert.is(all["userknownhostsfile"], knownHosts);
});

test("an IgnoreUnknown of the user's is theirs alone", async () => {
  const user = "IgnoreUnknown UseKeychain\nHost *\n  UseKeychain yes\nHost web1\n  HostName 10.0.0.1\n";
  for (const make of [masterFlags, channelFlags]) {
    const all = await effective(user, [], make);
    assert.equal(pick(all, "hostname", "sessiontype"), ["10.0.0.1", "default"]);
  }
});

test("the keywords of OpenSSH 8.7 are for an ssh that knows them", () => {
  const words = (knowsSessionType: boolean): boolean =>
    masterFlags({ config: "/c", socket: "/s", knowsSessionType }, { ...nothing, flags: [] }).includes(
      "SessionType=default",
    );
  assert.equal([words(true), words(false)], [true, false]);
  const said: readonly (readonly [string, boolean])[] = [
    ["OpenSSH_9.2p1 Debian-2+deb12u6, OpenSSL 3.0.19 27 Jan 2026\n", true],
    ["OpenSSH_10.0p2 Debian-7, OpenSSL 3.5.1 1 Jul 2025\n", true],
    ["OpenSSH_8.7p1, OpenSSL 3.0.1 14 Dec 2021\n", true],
    ["OpenSSH_8.4p1 Debian-5+deb11u3, OpenSSL 1.1.1w\n", false],
    ["OpenSSH_for_Windows_8.1p1, LibreSSL 3.0.2\n", false],
    ["OpenSSH_for_Windows_9.5p1, LibreSSL 3.8.2\n", true],
    ["Dropbear v2022.83\n", false],
    ["", false],
  ];
  for (const [text, expected] of said) assert.is(isSince87(text), expected, text);
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
  const paths = { config: "/c", socket: "/s", knowsSessionType: true };
  const words = masterFlags(paths, { ...nothing, flags: ["-F", "/mine", "-v", "-F/other"] });
  assert.equal(words.slice(-3), ["-v", "-F", "/c"]);
  assert.not.ok(words.includes("/mine"));
});

test.run();
