import { test } from "uvu";
import * as assert from "uvu/assert";
import type { WrittenSettings } from "../../lib/config/define.ts";
import { layer } from "../../lib/config/layers.ts";
import type { SshSettings } from "../../lib/model/ssh-settings.ts";
import { resolveSsh } from "../../lib/config/ssh.ts";

type Given = Partial<SshSettings>;

const nothing: SshSettings = { configFile: undefined, flags: [], knownHosts: undefined, strictHostKeys: "accept-new" };

const table: readonly (readonly [title: string, WrittenSettings, Given])[] = [
  ["nothing", {}, { configFile: undefined, flags: [] }],
  ["sshConfig", { sshConfig: "ssh_config" }, { configFile: "/projects/ssh_config", flags: [] }],
  [
    "-F FILE",
    { sshFlags: ["-v", "-F", "ssh_config", "-4"] },
    { configFile: "/projects/ssh_config", flags: ["-v", "-4"] },
  ],
  ["-FFILE", { sshFlags: ["-Fssh_config", "-4"] }, { configFile: "/projects/ssh_config", flags: ["-4"] }],
  ["-F none", { sshFlags: ["-F", "none"] }, { configFile: "/dev/null", flags: [] }],
  [
    "knownHosts",
    { knownHosts: "infra/known_hosts" },
    { knownHosts: "/projects/infra/known_hosts", strictHostKeys: "yes" },
  ],
  ["other flags", { sshFlags: ["-o", "Port=23"] }, { configFile: undefined, flags: ["-o", "Port=23"] }],
];

for (const [title, written, settings] of table) {
  test(`${title} gives the files and the flags`, () => {
    const resolved = resolveSsh([layer("", written)], (path) => `/projects/${path}`);
    assert.equal([resolved.settings, resolved.problems], [{ ...nothing, ...settings }, []]);
  });
}

test.run();
