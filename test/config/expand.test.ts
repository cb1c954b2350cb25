import { test } from "uvu";
import * as assert from "uvu/assert";
import { expandHosts } from "../../lib/config/expand.ts";
import type { SshHosts } from "../../lib/config/hosts.ts";
import { check, someHosts } from "./support/around.ts";

const ssh = someHosts(["bastion", "prod-02", "prod-01", "web1"], { covers: (name) => name.startsWith("lan-") });
const own = someHosts(["web1"], { isExplicit: false, shown: "~/.ssh/config" });

function expand(names: readonly string[], hosts: SshHosts): ReturnType<typeof expandHosts> {
  return expandHosts(
    names.map((name, index) => ({ name, path: `hosts[${index}]` })),
    hosts,
  );
}

const taken: readonly (readonly [title: string, names: readonly string[], SshHosts, hosts: readonly string[]])[] = [
  ["a glob, in the order of the file", ["prod-*", "web1"], ssh, ["prod-02", "prod-01", "web1"]],
  ["a question mark", ["web?"], ssh, ["web1"]],
  ["what a pattern of the file covers", ["lan-7"], ssh, ["lan-7"]],
  [
    "domain, address and user@host",
    ["a.example", "10.0.0.1", "::1", "root@box"],
    ssh,
    ["a.example", "10.0.0.1", "::1", "root@box"],
  ],
  ["any plain name with ssh's own config", ["anything"], own, ["anything"]],
  ["a glob and one of its hosts again", ["prod-*", "prod-01"], ssh, ["prod-02", "prod-01"]],
];

for (const [title, names, hosts, expected] of taken) {
  test(`takes ${title}`, () => {
    const expanded = expand(names, hosts);
    assert.equal([expanded.hosts.map((host) => host.name), expanded.problems], [expected, []]);
  });
}

const charset = "may hold only letters, digits and . _ - + : @, or * and ? as a glob";

const refused: readonly (readonly [names: readonly string[], SshHosts, ...problems: string[]])[] = [
  [["wbe1"], ssh, 'hosts[0]: no Host "wbe1" in infra/ssh_config. Did you mean "web1"?'],
  [["mars"], ssh, 'hosts[0]: no Host "mars" in infra/ssh_config.'],
  [
    ["stage-*"],
    ssh,
    'hosts[0]: no Host in infra/ssh_config matches "stage-*". It has: bastion, prod-02, prod-01, web1',
  ],
  [["db*"], own, 'hosts[0]: no Host in ~/.ssh/config matches "db*". It has: web1'],
  [["web*"], someHosts([]), 'hosts[0]: no Host in infra/ssh_config matches "web*". It has none.'],
  [["-oProxyCommand=id"], own, 'hosts[0]: "-oProxyCommand=id" starts with -, which ssh takes for a flag'],
  [["web1 web2"], own, `hosts[0]: "web1 web2" ${charset}`],
  [["$(id)"], own, `hosts[0]: "$(id)" ${charset}`],
  [["web1\n"], own, `hosts[0]: "web1\\n" ${charset}`],
  [["web1", "web1"], ssh, 'hosts[1]: "web1" is already named by hosts[0]'],
  [
    ["prod-*", "prod-0?"],
    ssh,
    'hosts[1]: "prod-02" is already named by hosts[0]',
    'hosts[1]: "prod-01" is already named by hosts[0]',
  ],
];

for (const [names, hosts, ...problems] of refused) {
  test(`refuses ${problems.join(" / ")}`, () => {
    assert.equal(expand(names, hosts).problems, problems);
  });
}

test("nothing is said of names when the ssh_config cannot be read", () => {
  const hosts = someHosts([], { problem: '"infra/ssh_config" does not exist' });
  assert.equal(expand(["web1", "prod-*"], hosts).problems, []);
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
