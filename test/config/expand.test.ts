import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { expandHosts } from "../../lib/config/expand.ts";
import type { SshHosts } from "../../lib/config/hosts.ts";
import { readSshHosts } from "../../lib/config/hosts.ts";
import { askSsh } from "../../lib/config/ssh-word.ts";
import type { Try } from "./support/around.ts";
import { check, problemsOf, someHosts } from "./support/around.ts";
import { withFiles } from "./support/files.ts";

const ssh = someHosts(["bastion", "prod-02", "prod-01", "web1"], { covers: (name) => name.startsWith("lan-") });
const own = someHosts(["web1"], { isExplicit: false, shown: "~/.ssh/config" });

function expand(names: readonly string[], hosts: SshHosts): ReturnType<typeof expandHosts> {
  return expandHosts(
    names.map((name, index) => ({ name, path: `hosts[${index}]` })),
    hosts,
  );
}

const ipv6 = ["2001:db8::1", "deploy@2001:db8::1", "::1", "fe80::1%eth0", "root@fe80::1%eth0", "::ffff:10.0.0.1"];

const taken: readonly (readonly [title: string, names: readonly string[], SshHosts, hosts: readonly string[]])[] = [
  ["a glob, in the order of the file", ["prod-*", "web1"], ssh, ["prod-02", "prod-01", "web1"]],
  ["a question mark", ["web?"], ssh, ["web1"]],
  ["what a pattern of the file covers", ["lan-7"], ssh, ["lan-7"]],
  ["domain, address and user@host", ["a.example", "10.0.0.1", "root@box"], ssh, ["a.example", "10.0.0.1", "root@box"]],
  ["addresses of IPv6", ipv6, ssh, ipv6],
  ["any plain name with ssh's own config", ["anything"], own, ["anything"]],
  ["a glob and one of its hosts again", ["prod-*", "prod-01"], ssh, ["prod-02", "prod-01"]],
];

for (const [title, names, hosts, expected] of taken) {
  test(`takes ${title}`, () => {
    const expanded = expand(names, hosts);
    assert.equal([expanded.hosts.map((host) => host.name), expanded.problems], [expected, []]);
  });
}

type Refused = readonly [names: readonly string[], SshHosts, ...problems: string[]];

const charset = "may contain only letters, digits and . _ - + : @, or * and ? as a glob";

const portRows = ["web1:2222", "ssh://web1:2222/"].map((name): Refused => [
  [name],
  own,
  `hosts[0]: "${name}" contains a port. Write "web1" and set the port in the ssh_config (Host web1, Port 2222), or for all hosts with sshFlags: ["-p", "2222"]`,
]);

const refused: readonly Refused[] = [
  [["wbe1"], ssh, 'hosts[0]: no Host "wbe1" in infra/ssh_config. Did you mean "web1"?'],
  [["mars"], ssh, 'hosts[0]: no Host "mars" in infra/ssh_config.'],
  [
    ["stage-*"],
    ssh,
    'hosts[0]: no Host in infra/ssh_config matches "stage-*". It has: bastion, prod-02, prod-01, web1',
  ],
  [["db*"], own, 'hosts[0]: no Host in ~/.ssh/config matches "db*". It has: web1'],
  [["web*"], someHosts([]), 'hosts[0]: no Host in infra/ssh_config matches "web*". It has none.'],
  [["-oProxyCommand=id"], own, 'hosts[0]: "-oProxyCommand=id" starts with -, which ssh reads as a flag'],
  [["web1 web2"], own, `hosts[0]: "web1 web2" ${charset}`],
  [["$(id)"], own, `hosts[0]: "$(id)" ${charset}`],
  [["web1%eth0"], own, `hosts[0]: "web1%eth0" ${charset}`],
  [["fe80::1%eth0;id"], own, `hosts[0]: "fe80::1%eth0;id" ${charset}`],
  ...portRows,
  [
    ["deploy@[2001:db8::1]:2222"],
    own,
    `hosts[0]: "deploy@[2001:db8::1]:2222" contains a port. Write "deploy@2001:db8::1" and set the port in the ssh_config (Host 2001:db8::1, Port 2222), or for all hosts with sshFlags: ["-p", "2222"]`,
  ],
  [["web1\n"], own, `hosts[0]: "web1\\n" ${charset}`],
  [["web1", "web1"], ssh, 'hosts[1]: "web1" is already listed at hosts[0]'],
  [
    ["prod-*", "prod-0?"],
    ssh,
    'hosts[1]: "prod-02" is already listed at hosts[0]',
    'hosts[1]: "prod-01" is already listed at hosts[0]',
  ],
];

for (const [names, hosts, ...problems] of refused) {
  test(`refuses ${problems.join(" / ")}`, () => {
    assert.equal(expand(names, hosts).problems, problems);
  });
}

const includes = { unclear: ["Include %h.conf"] };

test("where a line was not understood, a named host is not called unknown, and globs say what they miss", () => {
  const hosts = someHosts(["web1"], includes);
  assert.equal(expand(["mars"], hosts).problems, []);
  assert.equal(expand(["db*"], hosts).problems, [
    'hosts[0]: no Host in infra/ssh_config matches "db*". It has: web1. Of the line "Include %h.conf" only ssh knows the hosts: write their names in place of a glob',
  ]);
});

test("a stage with globs warns of a line that was not understood; one with names does not", async () => {
  const warnings = async (name: string): Promise<readonly string[]> => {
    const written = { sshConfig: "infra/ssh_config", stages: { production: { hosts: [name] } } };
    const around = { sshHosts: () => Promise.resolve(someHosts(["web1"], includes)) };
    return (await check(written, { around })).warnings;
  };
  assert.equal(await warnings("web1"), []);
  assert.equal(await warnings("web*"), [
    'infra/ssh_config: globs in `hosts` cannot match hosts from this line: "Include %h.conf"',
  ]);
});

/** The problems of a stage with these hosts, which the real ssh is asked about. */
function askedOf(sshConfig: string, hosts: readonly string[]): Promise<readonly string[]> {
  return withFiles({ ssh_config: sshConfig }, (directory) =>
    problemsOf(
      { sshConfig: "ssh_config", stages: { production: { hosts } } },
      {
        around: {
          askSsh,
          resolve: (path) => join(directory, path),
          sshHosts: (file, shown) => readSshHosts(file, shown, directory, {}),
        },
      },
    ),
  );
}

test("ssh decides on a host that the text does not name", async () => {
  assert.equal(await askedOf('Match exec "test %n = web7"\n  User x\n', ["web7"]), []);
  assert.equal(await askedOf("Host web1\n  User x\n", ["wbe1"]), [
    'stages.production.hosts[0]: no Host "wbe1" in ssh_config. Did you mean "web1"?',
  ]);
});

test("what ssh refuses is said in its words", async () => {
  const host = "Host web1\n  IgnoreUnknown UseKeychain\n  UseKeychain yes\nMatch !final host web1\n";
  assert.equal(await askedOf(host, ["web1"]), [], "of any other host it would refuse this");
  const [problem = ""] = await askedOf('Host "web1\n', ["web1"]);
  assert.match(problem, /^sshConfig: ssh refuses ssh_config: \S+ line 1: /);
});

test("nothing is said of names when the ssh_config cannot be read", () => {
  const hosts = someHosts([], { problem: '"infra/ssh_config" does not exist' });
  assert.equal(expand(["web1", "prod-*"], hosts).problems, []);
});

test("brackets around an address of IPv6 are for others than ssh, also on the command line", async () => {
  const hosts = ["[2001:db8::1]", { name: "deploy@[2001:db8::2]" }];
  const overrides = { only: ["deploy@[2001:db8::2]"] };
  const names = async (more: Try): Promise<readonly string[]> =>
    (await check({ stages: { production: { hosts } } }, more)).hosts.map(({ host }) => host.name);
  assert.equal(await names({}), ["2001:db8::1", "deploy@2001:db8::2"]);
  assert.equal(await names({ overrides }), ["deploy@2001:db8::2"]);
});

test("a host's own entry adds to its glob's, wherever it stands", async () => {
  const config = await check({
    sshConfig: "infra/ssh_config",
    stages: {
      production: {
        hosts: [
          { name: "web2", env: { SIZE: "big" }, ports: { blue: 9001 } },
          { name: "web*", roles: ["web"], env: { SIZE: "small", ZONE: "a" } },
        ],
      },
    },
  });
  assert.equal(
    config.hosts.map(({ host, app }) => [host, app.env, app.ports.blue]),
    [
      [{ name: "web2", roles: ["web"] }, { SIZE: "big", ZONE: "a" }, 9001],
      [{ name: "web1", roles: ["web"] }, { SIZE: "small", ZONE: "a" }, 8001],
    ],
  );
});

test.run();
