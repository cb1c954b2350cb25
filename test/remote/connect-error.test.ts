import { test } from "uvu";
import * as assert from "uvu/assert";
import { connectProblem } from "../../lib/remote/connect-error.ts";

const ssh = "ssh -F infra/ssh_config";
const look = `To inspect: ${ssh} -v web1`;

type Row = {
  readonly name: string;
  /** ssh's own words, as OpenSSH 9.2 says them. */
  readonly said: string;
  readonly status?: number | null;
  readonly reason: string;
  readonly mend: string;
  readonly can?: "ask" | "wait";
  readonly pinning?: "wanted" | "done";
  /** What the host printed. */
  readonly printed?: string;
};

const another =
  "Connect as another user: --as USER for setup, else User USER in the ssh_config. With full sudo that is enough for setup, too";

const rows: readonly Row[] = [
  {
    name: "a host key that has changed",
    said: `@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Offending ED25519 key in /home/me/.ssh/known_hosts:12
Host key for [10.0.0.1]:2222 has changed and you have requested strict checking.
Host key verification failed.`,
    reason:
      "its host key has changed (it differs from /home/me/.ssh/known_hosts:12). Someone may be intercepting the connection, or the host was reinstalled",
    mend: "If it was reinstalled, remove the old key: ssh-keygen -f /home/me/.ssh/known_hosts -R '[10.0.0.1]:2222'",
  },
  {
    name: "a host key that is not known, where only known ones are taken",
    said: "No ED25519 host key is known for web1 and you have requested strict checking.\nHost key verification failed.",
    reason: "its host key is unknown, and your ssh_config allows only known hosts",
    mend: `Compare its fingerprint and accept it once: ${ssh} -o StrictHostKeyChecking=ask web1`,
  },
  {
    name: "a host key that is not known, in a CI",
    said: "No ED25519 host key is known for bastion and you have requested strict checking.\nHost key verification failed.",
    pinning: "wanted",
    reason: "the host key of bastion is unknown, and in CI only known keys are accepted",
    mend: 'Pin it in the repository, from a machine that knows the host: bgdeploy doctor <stage> --pin, and with knownHosts: "infra/known_hosts" in the config',
  },
  {
    name: "a host key that is not pinned",
    said: "No ED25519 host key is known for web1 and you have requested strict checking.\nHost key verification failed.",
    pinning: "done",
    reason: "the host key of web1 is not pinned",
    mend: "Pin it in the repository, from a machine that knows the host: bgdeploy doctor <stage> --pin",
  },
  {
    name: "a uid that no passwd file has",
    said: "No user exists for uid 4242",
    reason: "ssh cannot run as uid 4242, because this machine has no user with that uid",
    mend: "Run as an existing user, or add the user to /etc/passwd when you build the image",
  },
  {
    name: "a pinned host key that has changed",
    said: `@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
Offending ED25519 key in /projects/shop/infra/known_hosts:2
Host key for web1 has changed and you have requested strict checking.`,
    pinning: "done",
    reason:
      "its host key has changed (it differs from /projects/shop/infra/known_hosts:2). Someone may be intercepting the connection, or the host was reinstalled",
    mend: "If it was reinstalled, remove the old key: ssh-keygen -f /projects/shop/infra/known_hosts -R 'web1', and pin the new one: bgdeploy doctor <stage> --pin",
  },
  {
    name: "a host key that is asked about",
    said: "Host key verification failed.",
    reason: "its host key is unknown, and your ssh_config asks before accepting one",
    mend: `Connect once by hand and compare the fingerprint: ${ssh} web1`,
    can: "ask",
  },
  {
    name: "a name that nobody knows",
    said: "ssh: Could not resolve hostname web1: Name or service not known",
    reason: "there is no host named web1",
    mend: "Check `hosts` in deploy.config.ts, and the HostName in your ssh_config",
  },
  ...["Temporary failure in name resolution", "Try again", "Non-recoverable failure in name resolution"].map((why) => ({
    name: `a name server that does not answer (${why})`,
    said: `ssh: Could not resolve hostname web1.example: ${why}`,
    reason: "the name server did not answer for web1.example",
    mend: "Check this machine's network and its name server",
    can: "wait" as const,
  })),
  ...[
    [
      'Please login as the user "ubuntu" rather than the user "root".\n\n',
      142,
      'Please login as the user "ubuntu" rather than the user "root"',
      "Connect as ubuntu: --as ubuntu for setup, else User ubuntu in the ssh_config. With full sudo that is enough for setup, too",
    ],
    [
      "use the user ec2-user\n",
      142,
      "use the user ec2-user",
      "Connect as ec2-user: --as ec2-user for setup, else User ec2-user in the ssh_config. With full sudo that is enough for setup, too",
    ],
    ["\u001B[31mThis account is currently not available.\n", 1, "This account is currently not available", another],
    [`a${"b".repeat(1_000_000)}`, 1, `a${"b".repeat(299)}`, another],
  ].map(([printed, status, shown, mend]) => ({
    name: `a host that says ${String(shown).slice(0, 40)} in place of a shell`,
    said: "** a banner of sshd **",
    printed: String(printed),
    status: Number(status),
    reason: `the login is refused with this message: ${shown}`,
    mend: String(mend),
  })),
  {
    name: "a password that has expired",
    said: "WARNING: Your password has expired.\nPassword change required but no TTY available.",
    status: 1,
    reason: "the user's password has expired and must be changed first",
    mend: `Change it: ${ssh} -t web1`,
  },
  {
    name: "a configuration that ssh refuses",
    said: "/tmp/x/config-user line 3: invalid quotes\n/tmp/x/config-user: terminating, 1 bad configuration options",
    reason: "ssh rejects its configuration: /tmp/x/config-user line 3: invalid quotes",
    mend: `To inspect: ${ssh} -G web1`,
  },
  {
    name: "a key that is not let in",
    said: "deploy@10.0.0.1: Permission denied (publickey).",
    reason: "ssh login failed (publickey)",
    mend: `Check the user and the key: ${ssh} web1. For a key with a passphrase, use a terminal, or add the key once: ssh-add`,
    can: "ask",
  },
  {
    name: "a password that was wrong",
    said: "Permission denied, please try again.\r\ndeploy@10.0.0.1: Permission denied (publickey,password).\r\n",
    reason: "ssh login failed (publickey,password)",
    mend: `Check the user and the key: ${ssh} web1. For a key with a passphrase, use a terminal, or add the key once: ssh-add`,
    can: "ask",
  },
  {
    name: "too many keys",
    said: "Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures\nDisconnected from 10.0.0.1 port 22",
    reason: "ssh login failed (too many keys were tried)",
    mend: `Check the user and the key: ${ssh} web1. For a key with a passphrase, use a terminal, or add the key once: ssh-add`,
    can: "ask",
  },
  {
    name: "no sshd",
    said: "ssh: connect to host 10.0.0.1 port 22: Connection refused",
    reason: "connection refused: no sshd is listening",
    mend: look,
    can: "wait",
  },
  {
    name: "no sshd behind a bastion",
    said: "channel 0: open failed: connect failed: Connection refused\nstdio forwarding failed\nConnection closed by UNKNOWN port 65535",
    reason: "connection refused: no sshd is listening",
    mend: look,
    can: "wait",
  },
  ...[
    "ssh: connect to host 10.0.0.1 port 22: Connection timed out",
    "ssh: connect to host 10.0.0.1 port 22: No route to host",
    "ssh: connect to host 10.0.0.1 port 22: Network is unreachable",
    "Connection timed out during banner exchange\nConnection to 10.0.0.1 port 22 timed out",
  ].map((said) => ({
    name: `a host that is away (${said.split(": ").at(-1)?.split("\n")[0]})`,
    said,
    reason: "unreachable",
    mend: "Is it up? To continue without it: --except web1",
  })),
  ...[
    "kex_exchange_identification: read: Connection reset by peer\nConnection reset by 10.0.0.1 port 22",
    "kex_exchange_identification: Connection closed by remote host\nConnection closed by 10.0.0.1 port 22",
    "Connection closed by 10.0.0.1 port 22",
  ].map((said) => ({
    name: `a busy sshd (${said.split("\n")[0]})`,
    said,
    reason: "sshd closed the connection before login (too many connections, or a firewall)",
    mend: look,
    can: "wait" as const,
  })),
  {
    name: "a control socket that is too far away",
    said: 'unix_listener: path "/tmp/x.y" too long for Unix domain socket',
    reason: "the path of the ssh control socket is too long",
    mend: "Set TMPDIR to a shorter directory",
  },
  {
    name: "a login shell that waits for something",
    said: "\nbgdeploy: no answer within 30 s",
    status: null,
    reason:
      "sshd or the login shell gave no answer within 30 s; a start-up file such as .bashrc may be waiting for input",
    mend: look,
  },
  {
    name: "a login shell that asks something",
    said: "\nbgdeploy: no answer within 30 s",
    printed: "Accept the terms? [y/n]",
    status: null,
    reason:
      "sshd or the login shell gave no answer within 30 s; a start-up file such as .bashrc may be waiting for input. It printed: Accept the terms? [y/n]",
    mend: look,
  },
  {
    name: "no bash there",
    said: "sh: 1: exec: bash: not found",
    status: 127,
    reason: "bash is not installed",
    mend: `Install it: ${ssh} web1 sudo apt-get install bash`,
  },
  {
    name: "no bash there, in fish's words",
    said: "fish: Unknown command: bash",
    status: 127,
    reason: "bash is not installed",
    mend: `Install it: ${ssh} web1 sudo apt-get install bash`,
  },
  {
    name: "no ssh here",
    said: "ssh: 1: exec: ssh: not found",
    status: 127,
    reason: "ssh is not installed on this machine",
    mend: "Install OpenSSH's client",
  },
  {
    name: "something else",
    said: "debug noise\nBad owner or permissions on /home/me/.ssh/config",
    reason: "Bad owner or permissions on /home/me/.ssh/config",
    mend: look,
  },
  { name: "nothing said", said: "", status: 1, reason: "ssh ended with status 1", mend: look },
];

for (const { name, said, status = 255, reason, mend, can, pinning, printed = "" } of rows) {
  test(`${name} is explained, with what to type`, () => {
    const { type = "", ...problem } = connectProblem(
      { host: "web1", ssh, pinning: pinning ?? "none", said: printed },
      said,
      status,
    );
    assert.is(type !== "", /: (ssh|sudo|bgdeploy)/.test(mend));
    assert.ok(mend.includes(type));
    assert.equal(problem, { reason, mend, askable: can === "ask", busy: can === "wait" });
  });
}

test.run();
