import { test } from "uvu";
import * as assert from "uvu/assert";
import { allows, asksFor, parseSudoListing, sudoRules, whyIgnored, wildcardRules } from "../../lib/model/sudo.ts";

/** `sudo -n -l` begins so for every user (sudo 1.9.13, Debian 12). */
const head = `Matching Defaults entries for deploy on h1:
    env_reset, mail_badpass,
    secure_path=/usr/local/sbin\\:/usr/local/bin\\:/usr/sbin\\:/usr/bin\\:/sbin\\:/bin, use_pty

User deploy may run the following commands on h1:
`;

const listings: readonly (readonly [string, string, readonly string[]])[] = [
  ["everything", `${head}    (ALL : ALL) NOPASSWD: ALL\n`, ["ALL"]],
  ["everything for root", `${head}    (root) NOPASSWD: ALL\n`, ["ALL"]],
  [
    "several commands after one tag",
    `${head}    (root) NOPASSWD: /usr/bin/systemctl reload nginx, /usr/bin/systemctl daemon-reload\n`,
    ["/usr/bin/systemctl reload nginx", "/usr/bin/systemctl daemon-reload"],
  ],
  [
    "a line that sudo folded at the width of the terminal",
    `${head}    (root) NOPASSWD: /usr/bin/systemctl start shop@blue.service, /usr/bin/systemctl\n        start shop@green.service\n`,
    ["/usr/bin/systemctl start shop@blue.service", "/usr/bin/systemctl start shop@green.service"],
  ],
  [
    "escaped colons and commas",
    `${head}    (root) NOPASSWD: /usr/bin/chown -R deploy\\:www-data /opt/a\\,b\n`,
    ["/usr/bin/chown -R deploy\\:www-data /opt/a\\,b"],
  ],
  [
    "what sudo-rs leaves unescaped",
    "User deploy may run the following commands on h1:\n    (root) NOPASSWD: /usr/bin/chown -R deploy:www-data /opt/a,b, /usr/sbin/nginx -t\n",
    ["/usr/bin/chown -R deploy:www-data /opt/a,b", "/usr/sbin/nginx -t"],
  ],
  ["other tags beside", `${head}    (root) SETENV: NOPASSWD: NOEXEC: /usr/sbin/nginx -t\n`, ["/usr/sbin/nginx -t"]],
  ["rules for another user", `${head}    (postgres) NOPASSWD: /usr/bin/psql\n`, []],
  ["a user whose name begins like root", `${head}    (rootless) NOPASSWD: ALL\n`, []],
  ["root and a group", `${head}    (root : root) NOPASSWD: /usr/sbin/nginx -t\n`, ["/usr/sbin/nginx -t"]],
  ["a denial", `${head}    (ALL) NOPASSWD: ALL, !/usr/bin/su\n`, ["ALL", "!/usr/bin/su"]],
  ["nothing but a password to ask for", `${head}    (ALL : ALL) ALL\n`, []],
  [
    "a command that asks for a password",
    `${head}    (root) /usr/bin/su, NOPASSWD: /usr/sbin/nginx -t\n`,
    ["!/usr/bin/su", "/usr/sbin/nginx -t"],
  ],
  ["no rule", "Sorry, user deploy may not run sudo on h1.\n", []],
  ["a password that is asked for first", "sudo: a password is required\n", []],
  ["no sudo", "bash: line 1: sudo: command not found\n", []],
];

for (const [what, listing, rules] of listings) {
  test(`a listing with ${what} is read`, () => assert.equal(parseSudoListing(listing), rules));
}

const reload = ["systemctl", "reload", "nginx"];
const listed: readonly (readonly [string, string, boolean])[] = [
  ["a password is asked for everything", "    (ALL : ALL) ALL\n", false],
  [
    "NOPASSWD ends at PASSWD",
    "    (root) NOPASSWD: /usr/sbin/nginx -t, PASSWD: /usr/bin/systemctl reload nginx\n",
    false,
  ],
  [
    "PASSWD ends at NOPASSWD",
    "    (root) PASSWD: /usr/sbin/nginx -t, NOPASSWD: /usr/bin/systemctl reload nginx\n",
    true,
  ],
  ["a later line asks for a password again", "    (root) NOPASSWD: ALL\n    (ALL : ALL) ALL\n", false],
  ["a later line asks for no password any more", "    (ALL : ALL) ALL\n    (root) NOPASSWD: ALL\n", true],
  ["a later entry asks for one command", "    (root) NOPASSWD: ALL, PASSWD: /usr/bin/systemctl\n", false],
];

for (const [what, lines, allowed] of listed) {
  test(`where ${what}, a reload is ${allowed ? "allowed" : "not"}`, () => {
    assert.is(allows({ kind: "rules", rules: parseSudoListing(`${head}${lines}`) }, reload), allowed);
  });
}

const questions: readonly (readonly [readonly string[], string, boolean])[] = [
  [["ALL"], "systemctl reload nginx", true],
  [[], "systemctl reload nginx", false],
  [["/bin/systemctl reload nginx"], "systemctl reload nginx", true],
  [["/usr/bin/systemctl reload nginx"], "systemctl reload nginx", true],
  [["/usr/bin/systemctl"], "systemctl reload nginx", true],
  [["/usr/bin/systemctl"], "systemctl", true],
  [['/usr/sbin/nginx ""'], "nginx", true],
  [['/usr/sbin/nginx ""'], "nginx -t", false],
  [["/usr/sbin/nginx -t"], "nginx", false],
  [["/usr/sbin/nginx -t"], "nginx -t", true],
  [["/usr/sbin/nginx -t"], "nginx -t -q", false],
  [["/bin/systemctl reload nginx"], "systemctl reload nginx.service", false],
  [["/bin/systemctl reload nginx"], "systemctl reload apache2", false],
  [["/bin/systemctl start shop@blue.service"], "systemctl start shop@blue", false],
  [["/bin/systemctl start shop@*.service"], "systemctl start shop@green.service", true],
  [["/bin/systemctl stop shop@*.service"], "systemctl stop shop@x nginx.service", true],
  [["/bin/systemctl * shop@blue.service"], "systemctl stop shop@blue.service", true],
  [["/bin/systemctl * shop@blue.service"], "systemctl stop shop@green.service", false],
  [["/bin/chown -R deploy\\:www-data /opt/shop"], "chown -R deploy:www-data /opt/shop", true],
  [["/bin/chown -R deploy\\:www-data /opt/shop"], "chown -R deploy:www-data /opt/shop/", false],
  [["/bin/chown -R deploy\\:www-data /opt/shop/"], "chown -R deploy:www-data /opt/shop", false],
  [["/usr/bin/tee /etc/systemd/system/shop@.service"], "tee /etc/systemd/system/shop@Xservice", false],
  [["/usr/bin/tee /opt/a\\,b"], "tee /opt/a,b", true],
  [["/usr/bin/tee /opt/a\\*"], "tee /opt/ab", false],
  [["/usr/bin/tee /opt/?"], "tee /opt/a", true],
  [["/usr/bin/tee /opt/[ab]"], "tee /opt/b", true],
  [["/usr/bin/tee /opt/[!ab]"], "tee /opt/b", false],
  [["/usr/bin/tee /opt/[!ab]"], "tee /opt/c", true],
  [["ALL", "!/usr/bin/systemctl"], "systemctl reload nginx", false],
  [["ALL", "!/usr/bin/systemctl"], "nginx -t", true],
  [["!/usr/bin/systemctl", "ALL"], "systemctl reload nginx", true],
  [["!ALL"], "nginx -t", false],
];

for (const [rules, line, allowed] of questions) {
  test(`${JSON.stringify(rules)} ${allowed ? "allow" : "do not allow"} \`${line}\``, () => {
    assert.is(allows({ kind: "rules", rules }, line.split(" ")), allowed);
  });
}

test("a rule whose path is not the program's allows nothing, nor does one for another program of that name", () => {
  const rules = ["/usr/bin/systemctl reload nginx", "/usr/sbin/nginx -t", "/usr/local/lib/bgdeploy/shop"];
  const sudo = { kind: "rules", rules, elsewhere: ["/usr/bin/systemctl"] } as const;
  assert.is(allows(sudo, reload), false);
  assert.is(
    whyIgnored(sudo, reload, "/bin/systemctl"),
    "its rule names /usr/bin/systemctl, but here it is /bin/systemctl",
  );
  assert.is(whyIgnored(sudo, ["tee", "/opt/a"], "/usr/bin/tee"), undefined);
  assert.is(allows(sudo, ["nginx", "-t"]), true);
  assert.is(allows(sudo, ["/sbin/nginx", "-t"]), true);
  assert.is(allows(sudo, ["/usr/local/lib/bgdeploy/shop", "reload"]), true);
  assert.is(allows(sudo, ["/opt/evil/shop", "reload"]), false);
});

test("what sudo-rs says of an entry with a wildcard is the reason", () => {
  const said = "/etc/sudoers.d/shop:1:34: wildcards are not allowed in command arguments";
  const complaint = `${said}\ndeploy ALL=(root) NOPASSWD: /bin/chown -R * /opt/shop\n     ^~~~~~~~~~\n`;
  const none = sudoRules(1000, `${complaint}sudo: Sorry, user deploy may not run sudo on h1.\n`, []);
  assert.equal(none, { kind: "none", reason: said });
  const some = sudoRules(1000, `${complaint}User deploy may run …:\n    (root) NOPASSWD: /usr/bin/true\n`, []);
  assert.equal(some, { kind: "rules", rules: ["/usr/bin/true"], elsewhere: [], complaint: said });
  assert.is(whyIgnored(some, reload, undefined), `sudo says: ${said}`);
  const sorry = { kind: "none", reason: "sudo: Sorry, user deploy may not run sudo" } as const;
  assert.equal(sudoRules(1000, "sudo: Sorry, user deploy may not run sudo on h1.\n", []), sorry);
});

test("root may do everything, and a user without rules nothing", () => {
  assert.is(allows({ kind: "root" }, reload), true);
  assert.is(allows({ kind: "none", reason: "sudo: a password is required" }, reload), false);
});

for (const [rules, line, asks] of [
  [["!/usr/bin/systemctl reload nginx", "/usr/bin/systemctl daemon-reload"], "systemctl reload nginx", true],
  [["/usr/bin/systemctl reload nginx", "!ALL"], "systemctl reload nginx", true],
  [["!ALL", "/usr/bin/systemctl reload nginx"], "systemctl reload nginx", false],
  [["/usr/bin/systemctl daemon-reload"], "systemctl reload nginx", false],
] as const) {
  test(`${JSON.stringify(rules)} ${asks ? "ask" : "do not ask"} for a password for \`${line}\``, () => {
    assert.is(asksFor({ kind: "rules", rules }, line.split(" ")), asks);
  });
}

test("rules with a wildcard are told where they let one of ours pass; one that is escaped is none", () => {
  const rules = [
    "/bin/systemctl stop shop@*.service",
    "/bin/systemctl start shop@?lue.service",
    String.raw`/usr/bin/tee /opt/a\*`,
    "!/bin/systemctl stop *",
    "/bin/systemctl start other@*.service",
    "ALL",
  ];
  const commands = ["systemctl stop shop@blue.service", "systemctl start shop@blue.service", "tee /opt/a*"];
  assert.equal(
    wildcardRules(
      { kind: "rules", rules },
      commands.map((line) => line.split(" ")),
    ),
    rules.slice(0, 2),
  );
  assert.equal(wildcardRules({ kind: "root" }, []), []);
});

test.run();
