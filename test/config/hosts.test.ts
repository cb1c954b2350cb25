import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readSshHosts } from "../../lib/config/hosts.ts";
import type { SshHosts } from "../../lib/config/hosts.ts";
import type { Files } from "./support/files.ts";
import { withFiles } from "./support/files.ts";

/** Reads infra/ssh_config, where the home directory is `home`. */
function read(files: Files): Promise<SshHosts> {
  return withFiles(files, (directory) =>
    readSshHosts(join(directory, "infra/ssh_config"), "infra/ssh_config", join(directory, "home"), {
      PROJECT: directory,
    }),
  );
}

async function namesOf(config: string): Promise<readonly string[]> {
  return (await read({ "infra/ssh_config": config })).names;
}

test("names are the literal Hosts, in the order of the file, each once", async () => {
  const config =
    'Host bastion # jump\n  User root\n\nhost=prod-02 "prod-01" bastion # two\nHOST *\n  Port 22\nHost web? !web9\n';
  assert.equal(await namesOf(config), ["bastion", "prod-02", "prod-01"]);
});

test("Match blocks name no hosts, but cover them", async () => {
  const hosts = await read({ "infra/ssh_config": "Match originalhost web1,db*\n  User x\n" });
  assert.equal([hosts.names, hosts.covers("web1"), hosts.covers("db7"), hosts.covers("web2")], [[], true, true, false]);
});

test("a pattern covers what it matches, but not what it negates, and * covers nothing", async () => {
  const hosts = await read({ "infra/ssh_config": "Host web* !web9\nHost *\n" });
  assert.equal([hosts.covers("web1"), hosts.covers("web9"), hosts.covers("db1")], [true, false, false]);
});

test("Includes are followed: from ~/.ssh, absolute, with globs, nested, in blocks; what is missing is passed over", async () => {
  const hosts = await read({
    "infra/ssh_config": "Include a.conf d/*.conf nowhere.conf\nHost last\n  Include ~/in-block.conf\n",
    "home/.ssh/a.conf": "Host a\nInclude b.conf\n",
    "home/.ssh/b.conf": "Host b\n",
    "home/.ssh/d/2.conf": "Host d2\n",
    "home/.ssh/d/1.conf": "Host d1\n",
    "home/in-block.conf": "Host in-block\n",
  });
  assert.equal(hosts.names, ["a", "b", "d1", "d2", "last", "in-block"]);
});

test("a file that includes itself ends", async () => {
  assert.equal((await read({ "infra/ssh_config": "Include me\n", "home/.ssh/me": "Host a\nInclude me\n" })).names, [
    "a",
  ]);
});

test("a named file must exist; ~/.ssh/config need not", async () => {
  assert.is((await read({ "home/x": "" })).problem, '"infra/ssh_config" does not exist');
  const own = await withFiles({ x: "" }, (home) => readSshHosts(undefined, undefined, home, {}));
  assert.equal([own.names, own.isExplicit, own.shown, own.problem], [[], false, "~/.ssh/config", undefined]);
});

test("~/.ssh/config is read when no other is named", async () => {
  const own = await withFiles({ ".ssh/config": "Host web1\n" }, (home) => readSshHosts(undefined, undefined, home, {}));
  assert.equal(own.names, ["web1"]);
});

test("what only ssh understands hides no name beside it", async () => {
  const config = [
    "Match !final host web1",
    "  User x",
    "Match host web2 canonical",
    "Host web1",
    "  ProxyCommand nc -x proxy:1080 %h %p \\",
    "  IdentityFile 'it",
    "Host web3",
  ];
  const hosts = await read({ "infra/ssh_config": config.join("\n") });
  assert.equal([hosts.names, hosts.problem, hosts.unclear], [["web1", "web3"], undefined, []]);
  assert.ok(hosts.covers("web2"));
});

test("a line that cannot be understood is told, and the others count", async () => {
  const hosts = await read({ "infra/ssh_config": 'Host "web1\nHost web2\n' });
  assert.equal([hosts.names, hosts.problem, hosts.unclear], [["web2"], undefined, ['Host "web1']]);
});

test("an Include passes over a directory, as ssh does", async () => {
  const files = { "infra/ssh_config": "Include config.d/*\nHost last\n", "home/.ssh/config.d/keys/k": "" };
  const hosts = await read({ ...files, "home/.ssh/config.d/a": "Host a\n" });
  assert.equal([hosts.names, hosts.problem], [["a", "last"], undefined]);
});

test("an Include may name variables and the home; a token that only ssh can fill in is told", async () => {
  const hosts = await read({
    "infra/ssh_config": "Include ${PROJECT}/mine %d/yours %h.conf ${NOT_SET}/x ~else/x\n",
    mine: "Host mine\n",
    "home/yours": "Host yours\n",
  });
  assert.equal(hosts.names, ["mine", "yours"]);
  assert.equal(hosts.unclear, ["Include %h.conf", "Include ${NOT_SET}/x", "Include ~else/x"]);
});

test.run();
