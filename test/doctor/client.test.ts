import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Client } from "../../lib/doctor/client.ts";
import { clientFindings } from "../../lib/doctor/client.ts";
import { here, problem } from "../../lib/model/problem.ts";

const sound: Client = {
  node: "24.21.0",
  ssh: "OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.15",
  rsync: "rsync  version 3.2.7  protocol version 31",
  installs: { ssh: "sudo apt-get install openssh-client", rsync: "sudo apt-get install rsync" },
  config: [],
  dist: { path: "/shop/dist", load: { bytes: 12.5 * 1024 * 1024, files: 312 }, problems: [] },
  unnamed: [],
  shipped: [],
  exposed: [],
  git: { changes: 0, unpushed: 0 },
};

const rows: Readonly<Record<string, readonly [Partial<Client>, ...(readonly string[])[]]>> = {
  "a machine that has all": [{}],
  "no repository": [{ git: undefined }],
  "a repository without a remote": [{ git: { changes: 0, unpushed: undefined } }],
  "work that nobody else has": [
    { git: { changes: 1, unpushed: 3 } },
    ["warning 1 change is not committed", "git status"],
    ["warning 3 commits are not pushed", "git push"],
  ],
  "no programs": [
    { ssh: undefined, rsync: undefined },
    ["wrong ssh is not installed on this machine", "sudo apt-get install openssh-client"],
    ["wrong rsync is not installed on this machine", "sudo apt-get install rsync"],
  ],
  "old programs": [
    { ssh: "OpenSSH_7.4p1, OpenSSL 1.0.2k", rsync: "rsync  version 3.0.9  protocol version 30" },
    ["wrong ssh 7.4 is too old: bgdeploy needs 7.6 or newer (StrictHostKeyChecking=accept-new)"],
    ["wrong rsync is version 3.0.9: bgdeploy needs 3.1 or newer (--info=progress2)", "sudo apt-get install rsync"],
  ],
  "the rsync of macOS": [
    {
      rsync: "openrsync: protocol version 29\nrsync version 2.6.9 compatible",
      installs: { ssh: "brew install openssh", rsync: "brew install rsync" },
    },
    [
      "wrong rsync is openrsync, the version that comes with macOS, which lacks options that bgdeploy needs",
      "brew install rsync",
    ],
  ],
  "a Node in between": [
    { node: "24.2.0" },
    ["warning Node 24.2.0: bgdeploy requires 22.18+ (22.x) or 24.12+", "node --version"],
  ],
  "a Node of tomorrow": [{ node: "26.0.0" }],
  "secrets that are not set": [{ config: ["secrets: not set: TOKEN"] }, ["wrong secrets: not set: TOKEN"]],
  "a release that has no name": [{ unnamed: ["there is no version"] }, ["warning there is no version"]],
  "a program that cannot run": [
    { dist: { ...sound.dist, problems: [problem("dist: x is not executable", "Type", here("chmod +x x"))] } },
    ["wrong dist: x is not executable", "chmod +x x"],
  ],
  "secrets in files": [
    { shipped: ["/shop/dist/.env"], exposed: ["/shop/it's.env"] },
    [
      "warning dist: /shop/dist/.env looks like a secret, and every user on the hosts could read it. Keep it out of the build",
      "ls -l /shop/dist/.env",
    ],
    ["warning other users can read /shop/it's.env", String.raw`chmod 600 '/shop/it'\''s.env'`],
  ],
};

for (const [what, [client, ...expected]] of Object.entries(rows)) {
  test(`of ${what} ${expected.length === 0 ? "nothing is found" : "this is found"}`, () => {
    const findings = clientFindings({ ...sound, ...client }).filter(({ level }) => level !== "fine");
    assert.equal(
      findings.map(({ level, what: said, mends }) => [`${level} ${said}`, ...mends.map(({ line }) => line)]),
      expected,
    );
  });
}

test("what is fine is told, too", () => {
  assert.equal(
    clientFindings(sound).map(({ what }) => what),
    [
      "Node 24.21.0",
      "ssh 9.2",
      "rsync 3.2.7",
      "dist: /shop/dist has 312 files, 12.5 MB",
      "all changes are committed and pushed",
    ],
  );
});

test.run();
