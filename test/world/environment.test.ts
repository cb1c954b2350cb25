import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";

/** What hardened images and people with tastes of their own export for every shell. */
const exported = `export POSIXLY_CORRECT=1 BLOCK_SIZE=1M DF_BLOCK_SIZE=G COLUMNS=20 LS_COLORS='*=31' GREP_OPTIONS=--color=always
export TIME_STYLE=full-iso QUOTING_STYLE=c TAPE=/dev/nst0 TAR_OPTIONS=--verbose CDPATH=/tmp:/opt PERL5OPT=-w FUNCNEST=2
export SYSTEMD_COLORS=1 SYSTEMD_PAGER=cat SYSTEMD_LOG_LEVEL=debug RSYNC_ICONV=utf8,latin1 RSYNC_OLD_ARGS=1 TMPDIR=/nowhere
export LANG=tr_TR.UTF-8 LC_ALL=xx_YY TZ=Pacific/Apia BASH_ENV=/etc/nowhere ENV=/etc/nowhere
find() { echo "not find"; }; mv() { echo "not mv"; }; export -f find mv
shopt -s nullglob; set -o noclobber -o pipefail; export SHELLOPTS BASHOPTS
readonly TMOUT=2; export TMOUT
`;

const test = labSuite("a host's environment");
let scene: Scene;
test.before(async () => {
  scene = await aScene("environment-of", { hosts: ["h1"] });
});
test.after(() => scene.end());

test("whatever a host's shells export, a run, a rollback and the doctor read what is there", async () => {
  const { lab, project } = scene;
  await lab.exec("h1", `cat >/tmp/exported; sed -i '1r /tmp/exported' /home/deploy/.bashrc`, exported);
  await project.write({
    hosts: ["h1"],
    settings: `pre: hook("wait", async ({ $ }) => { await $\`echo "posix $(set -o | grep -c 'posix.*on')"; sleep 5\`; }),`,
  });
  const first = succeeded(await project.deploy("v1"));
  assert.match(first.stdout, "| posix 0\n");
  succeeded(await project.deploy("v2"));
  assert.is(await served(lab, "h1"), "v2 green");
  succeeded(await project.run("rollback", "production"));
  assert.is(await served(lab, "h1"), "v1 blue");
  const { code, stdout, stderr } = await project.run("doctor", "production");
  assert.is(code, 0, stdout + stderr);
});

test("a run outlives an sshd that gives up silent clients, and an ssh that asks nothing; a hook's fetch needs no forwarding", async () => {
  const { lab, project } = scene;
  const settings = [
    "ClientAliveInterval 1",
    "ClientAliveCountMax 2",
    "AllowTcpForwarding no",
    "DisableForwarding yes",
  ].join("\\n");
  await said(lab, "h1", `printf '${settings}\\n' >/etc/ssh/sshd_config.d/strict.conf && systemctl reload ssh`);
  await project.write({
    hosts: ["h1"],
    settings: `sshFlags: ["-o", "ServerAliveInterval=0", "-o", "TCPKeepAlive=no"],
      tasks: [upload(), systemd.install(), systemd.start(), health(), hooks.pre(hook("smoke", async ({ fetch, log }) => {
        await new Promise((go) => setTimeout(go, 7000));
        log((await (await fetch("/healthz")).text()).trim());
      })), nginx.switch(), systemd.stop(), prune()],`,
  });
  assert.match(succeeded(await project.deploy("v3")).stdout, /hooks:pre smoke  \| .*"version":"v3"/);
  assert.is(await served(lab, "h1"), "v3 green");
});

test.run();
