import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SetupOptions } from "../../recipes/index.ts";
import { helperText, setup, sudoersText, unitText, vhostText } from "../../recipes/index.ts";
import type { TargetOptions } from "../support/target.ts";
import { aTarget, groundOf, newRelease } from "../support/target.ts";
import { linesOf, undoOf } from "./support/lines.ts";

const options: SetupOptions = { deployer: "deploy", deployerGroups: ["deploy"], mode: "reload" };
const plain = aTarget();
const sudoers = "/etc/sudoers.d/shop-bgdeploy";
const vhost = "/etc/nginx/sites-available/shop.conf";
const size = (text: string): string => `(${new TextEncoder().encode(text).length} bytes)`;
const directory = (path: string, mode: string): string => `install -d -o root -g www-data -m ${mode} ${path}`;
const noLink = (path: string): string => `test '!' -L ${path}`;
/** Root's own, from the top down: nobody else can change them meanwhile. */
const directories = [
  directory("/opt/shop", "0755"),
  noLink("/opt/shop/versions"),
  directory("/opt/shop/versions", "0755"),
  ...["", "/releases", "/hooks"].flatMap((path) => [
    noLink(`/opt/shop/.bgdeploy${path}`),
    directory(`/opt/shop/.bgdeploy${path}`, "0700"),
  ]),
];

/** Everything that setup does to a host as root. */
function commands(target: TargetOptions, more: Partial<SetupOptions> = {}): readonly string[] {
  const ground = groundOf(more.deployer ?? "deploy");
  const made = aTarget({ ...target, facts: { sudo: { kind: "root" }, ground, ...target.facts } });
  return setup(() => ({ ...options, ...more })).flatMap((task) => linesOf(task, made));
}

const bare: TargetOptions = {
  facts: {
    destination: "missing",
    owner: undefined,
    ground: [],
    hasState: false,
    execUserExists: false,
    appUserExists: false,
    groupExists: false,
    nginx: { includesBackend: false },
  },
};

const siteSteps = (target: TargetOptions): readonly string[] =>
  commands(target).filter((line) => line.includes("/etc/nginx") || line.includes("nginx"));

test("a welcome page that nobody has edited gives way to a site without a domain, and to no other", () => {
  const stockSite = "/etc/nginx/sites-enabled/default";
  const facts = { ...bare.facts, nginx: { includesBackend: false, stockSite } };
  assert.equal(siteSteps({ facts })[0], `rm -f ${stockSite}`);
  assert.is(siteSteps({ facts, app: { domain: "shop.example" } }).includes(`rm -f ${stockSite}`), false);
  assert.is(siteSteps({ facts: { nginx: { stockSite } } }).length, 0);
});

test("without Debian's directory of sites, the site goes where nginx reads it", () => {
  const facts = { nginx: { includesBackend: false, sites: "conf.d" as const }, files: { vhost: undefined } };
  assert.equal(siteSteps({ facts }).slice(-3), [
    `tee /etc/nginx/conf.d/shop.conf < ${size(vhostText(plain.app, plain.layout))}`,
    "nginx -t",
    "systemctl reload nginx",
  ]);
});

test("a site that is not enabled is linked again, and nothing is written", () => {
  const facts = { files: { vhost: "edited" }, nginx: { disabledSite: vhost } };
  assert.equal(siteSteps({ facts }), [
    `ln -sfn ${vhost} /etc/nginx/sites-enabled/shop.conf`,
    "nginx -t",
    "systemctl reload nginx",
  ]);
});

test("a bare host gets group, users, directories, rules, unit, backend and site", () => {
  const rules = sudoersText(plain.app, plain.layout, "deploy");
  assert.equal(commands(bare), [
    "groupadd --system www-data",
    "useradd --system --user-group --no-create-home --home-dir /opt/shop --shell /usr/sbin/nologin shop",
    ...directories,
    "chown -hR deploy:www-data /opt/shop/.bgdeploy",
    "chown -h deploy:www-data /opt/shop/versions",
    "chown deploy:www-data /opt/shop",
    "usermod -aG systemd-journal,www-data deploy",
    `tee ${sudoers}.new < ${size(rules)}`,
    `chmod 0440 ${sudoers}.new`,
    `visudo -cf ${sudoers}.new`,
    `mv -fT ${sudoers}.new ${sudoers}`,
    `tee /etc/systemd/system/shop@.service < ${size(unitText(plain.app, plain.layout))}`,
    "systemctl daemon-reload",
    "runuser -u deploy -- tee /opt/shop/backend.conf < (23 bytes)",
    "runuser -u deploy -- ln -sfn backend.conf /opt/shop/backends.conf",
    `tee ${vhost} < ${size(vhostText(plain.app, plain.layout, "reload"))}`,
    `ln -sfn ${vhost} /etc/nginx/sites-enabled/shop.conf`,
    "nginx -t",
    "systemctl reload nginx",
  ]);
});

test("a user whose group is there already, or is made for the files, gets it as their own", () => {
  const useradd = (options: TargetOptions): readonly string[] =>
    commands(options).flatMap(
      (line) => /^(?:useradd|groupadd) --system (?:--no\S+ |(.*?)(?= --no-)).*$/.exec(line)?.[1] ?? [],
    );
  const shop = { ...bare, app: { group: "shop" } };
  assert.equal(useradd(bare), ["--user-group"]);
  assert.equal(useradd(shop), ["--gid shop"]);
  assert.equal(useradd({ ...shop, facts: { ...bare.facts, groupExists: true } }), ["--gid shop"]);
  assert.equal(useradd({ ...bare, facts: { ...bare.facts, userGroups: ["shop"] } }), ["--gid shop"]);
});

const done: TargetOptions = {
  live: "blue",
  facts: {
    owner: { user: "deploy", group: "www-data" },
    files: {
      unit: unitText(plain.app, plain.layout),
      sudoers: sudoersText(plain.app, plain.layout, "deploy"),
      vhost: vhostText(plain.app, plain.layout, "reload"),
    },
  },
};

test("a host that is set up needs nothing more", () => {
  assert.equal(commands(done, { deployerGroups: ["systemd-journal", "www-data"] }), []);
});

test("a site that someone has edited is never overwritten", () => {
  const edited = { ...done, facts: { ...done.facts, files: { ...done.facts?.files, vhost: "server {} # mine" } } };
  assert.equal(commands(edited, { deployerGroups: ["adm", "www-data"] }), []);
});

test("where another site includes the backend file, none is written", () => {
  const elsewhere = { ...done, facts: { ...done.facts, files: { ...done.facts?.files, vhost: undefined } } };
  assert.equal(commands(elsewhere, { deployerGroups: ["adm", "www-data"] }), []);
});

test("an nginx that is stopped is started", () => {
  const stopped = { ...done, facts: { ...done.facts, nginx: { active: false } } };
  assert.equal(commands(stopped, { deployerGroups: ["adm", "www-data"] }), ["systemctl enable --now nginx"]);
});

test("what the app owned is taken from it: its releases go to the deployer, its state is set aside", () => {
  const taken = commands({ ...done, facts: { ...done.facts, owner: undefined, ground: groundOf("shop") } });
  const [destination, link, versions, ...state] = directories;
  assert.equal(taken.slice(0, 16), [
    destination,
    link,
    versions,
    `find /opt/shop/versions -type d '(' '!' -user root -o -perm /022 ')' -exec install -d -o root -g www-data -m 0755 '{}' ';'`,
    "chown -hR root:www-data /opt/shop/versions",
    "chmod -R ug-s,u+rwX,go+rX,go-w /opt/shop/versions",
    noLink("/opt/shop/.bgdeploy"),
    `find -H /opt/shop -maxdepth 1 -name .bgdeploy '!' -user deploy '!' -user root -exec mv -T '{}' /opt/shop/.bgdeploy.${newRelease.time} ';'`,
    ...state.slice(1),
    "chown -hR deploy:www-data /opt/shop/.bgdeploy",
    "chown -hR deploy:www-data /opt/shop/versions",
    "chown deploy:www-data /opt/shop",
  ]);
});

test("what the deployer has is no one's to change while root works on it, and theirs again last", () => {
  const again = commands({ ...done, facts: { ...done.facts, hasState: false } });
  const at = (start: string): number => again.findIndex((line) => line.startsWith(start));
  assert.ok(
    at("find /opt/shop/versions") < at("chmod -R") && at("chmod -R") < at("chown -hR deploy"),
    again.join("\n"),
  );
  assert.ok(at("install -d") < at("find -H"), "a state is judged when nobody can exchange it any more");
});

test("a destination that is root's link to the deployer's directory needs nothing more", () => {
  const ground = groundOf("deploy");
  const link = {
    path: "/opt/shop",
    kind: "destination",
    isLink: true,
    uid: 0,
    user: "root",
    group: "root",
    mode: 0,
  } as const;
  const linked = [link, ...ground.map((each) => ({ ...each, path: each.path.replace("/opt/shop", "/srv/shop") }))];
  const reads = { deployerGroups: ["systemd-journal", "www-data"] };
  assert.equal(commands({ ...done, facts: { ...done.facts, ground: linked } }, reads), []);
});

test("what root deployed is handed over whole to a deployer without root", () => {
  const given = commands({ ...done, facts: { ...done.facts, owner: undefined, ground: groundOf("root") } });
  assert.not.ok(given.some((line) => line.startsWith("mv")));
  assert.ok(given.includes("chown -hR deploy:www-data /opt/shop/.bgdeploy"));
  assert.ok(given.includes("chown -hR deploy:www-data /opt/shop/versions"));
});

test("root as the deployer needs no rules and no group, and owns the files", () => {
  const lines = commands(bare, { deployer: "root", deployerGroups: ["root"] });
  assert.not.ok(lines.some((line) => /sudoers|usermod/.test(line)));
  assert.equal(lines.slice(2, 2 + directories.length), directories);
  assert.not.ok(lines.some((line) => /chown|runuser/.test(line)));
});

const helper = "/usr/local/lib/bgdeploy/shop";
const strictly = aTarget({ app: { strict: true } });
const moved: TargetOptions = {
  ...done,
  app: { strict: true },
  facts: {
    ...done.facts,
    files: { ...done.facts?.files, backendAt: "/opt/shop/backend.conf" },
    nginx: { includesBackend: false, formerSites: [vhost] },
  },
};

test("a host that serves becomes strict in an order that keeps it serving: helper, copies, site, rule, unit", () => {
  const root = "/etc/bgdeploy/shop";
  assert.equal(commands(moved, { deployerGroups: ["adm", "www-data"] }), [
    `install -d -o root -g root -m 0755 /usr/local/lib/bgdeploy /etc/bgdeploy ${root}`,
    `tee ${helper}.new < ${size(helperText(plain.app))}`,
    `chown root:root ${helper}.new`,
    `chmod 0755 ${helper}.new`,
    `mv -fT ${helper}.new ${helper}`,
    "# hand over /opt/shop/environment-blue",
    "# hand over /opt/shop/environment-green",
    `${helper} route 8001`,
    `cp -p ${vhost} ${root}/site-before_etc_nginx_sites-available_shop.conf`,
    `sed -i -E 's#(^|[^[:alnum:]._/-])(/opt/shop/backend\\.conf|/opt/shop/backends\\.conf)($|[^[:alnum:]._/-])#\\1${root}/backend.conf\\3#g' ${vhost}`,
    "nginx -t",
    "systemctl reload nginx",
    `tee ${sudoers}.new < ${size(sudoersText(strictly.app, strictly.layout, "deploy"))}`,
    `chmod 0440 ${sudoers}.new`,
    `visudo -cf ${sudoers}.new`,
    `mv -fT ${sudoers}.new ${sudoers}`,
    `tee /etc/systemd/system/shop@.service < ${size(unitText(strictly.app, strictly.layout))}`,
    "systemctl daemon-reload",
  ]);
});

test("a host that is strict needs nothing more", () => {
  const files = {
    backendAt: "/etc/bgdeploy/shop/backend.conf",
    helper: helperText(plain.app),
    unit: unitText(strictly.app, strictly.layout),
    sudoers: sudoersText(strictly.app, strictly.layout, "deploy"),
  };
  const strict = { ...moved, facts: { ...done.facts, files: { ...done.facts?.files, ...files } } };
  assert.equal(commands(strict, { deployerGroups: ["adm", "www-data"] }), []);
});

test("a site that broke nginx is taken away again; one that was there stays", () => {
  const site = setup(() => options).at(-1);
  assert.equal(undoOf(site, aTarget(bare)), [`sudo rm -f /etc/nginx/sites-enabled/shop.conf ${vhost}`]);
  assert.equal(undoOf(site, aTarget(done)), []);
});

test.run();
