import { test } from "uvu";
import * as assert from "uvu/assert";
import type { SetupOptions } from "../../recipes/index.ts";
import { setup, sudoersText, unitText, vhostText } from "../../recipes/index.ts";
import type { TargetOptions } from "../support/target.ts";
import { aTarget } from "../support/target.ts";
import { linesOf, undoOf } from "./support/lines.ts";

const options: SetupOptions = { deployer: "deploy", deployerGroups: ["deploy"], strict: false, mode: "reload" };
const plain = aTarget();
const sudoers = "/etc/sudoers.d/shop-bgdeploy";
const vhost = "/etc/nginx/sites-available/shop.conf";
const size = (text: string): string => `(${new TextEncoder().encode(text).length} bytes)`;
const directory = (path: string, owner: string, mode: string): string =>
  `install -d -o ${owner} -g www-data -m ${mode} ${path}`;

/** Everything that setup does to a host as root. */
function commands(target: TargetOptions, more: Partial<SetupOptions> = {}): readonly string[] {
  const made = aTarget({ ...target, facts: { sudo: { kind: "root" }, ...target.facts } });
  return setup(() => ({ ...options, ...more })).flatMap((task) => linesOf(task, made));
}

const bare: TargetOptions = {
  facts: {
    destination: "missing",
    owner: undefined,
    hasState: false,
    execUserExists: false,
    appUserExists: false,
    groupExists: false,
    nginx: { includesBackend: false },
  },
};

test("a bare host gets group, users, directories, rules, unit, backend and site", () => {
  const rules = sudoersText(plain.app, plain.layout, "deploy", { strict: false });
  assert.equal(commands(bare), [
    "groupadd --system www-data",
    "useradd --system --user-group --no-create-home --home-dir /opt/shop --shell /usr/sbin/nologin shop",
    directory("/opt/shop", "deploy", "0755"),
    directory("/opt/shop/versions", "deploy", "0755"),
    directory("/opt/shop/.bgdeploy", "deploy", "0700"),
    directory("/opt/shop/.bgdeploy/releases", "deploy", "0700"),
    directory("/opt/shop/.bgdeploy/hooks", "deploy", "0700"),
    "usermod -aG systemd-journal,www-data deploy",
    `tee ${sudoers}.new < ${size(rules)}`,
    `chmod 0440 ${sudoers}.new`,
    `visudo -cf ${sudoers}.new`,
    `mv -fT ${sudoers}.new ${sudoers}`,
    `tee /etc/systemd/system/shop@.service < ${size(unitText(plain.app, plain.layout))}`,
    "systemctl daemon-reload",
    "tee /opt/shop/backend.conf < (23 bytes)",
    "ln -sfn backend.conf /opt/shop/backends.conf",
    "chown -h deploy:www-data /opt/shop/backend.conf /opt/shop/backends.conf",
    `tee ${vhost} < ${size(vhostText(plain.app, plain.layout, "reload"))}`,
    `ln -sfn ${vhost} /etc/nginx/sites-enabled/shop.conf`,
    "nginx -t",
    "systemctl reload nginx",
  ]);
});

const done: TargetOptions = {
  live: "blue",
  facts: {
    owner: { user: "deploy", group: "www-data" },
    files: {
      unit: unitText(plain.app, plain.layout),
      sudoers: sudoersText(plain.app, plain.layout, "deploy", { strict: false }),
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

test("root as the deployer needs no rules and no group; the app's user owns the files", () => {
  const lines = commands(bare, { deployer: "root", deployerGroups: ["root"] });
  assert.not.ok(lines.some((line) => /sudoers|usermod/.test(line)));
  assert.equal(lines.slice(2, 5), [
    directory("/opt/shop", "shop", "0755"),
    directory("/opt/shop/versions", "shop", "0755"),
    directory("/opt/shop/.bgdeploy", "root", "0700"),
  ]);
});

test("strict rules replace wide ones, and the other way round", () => {
  const strict = sudoersText(plain.app, plain.layout, "deploy", { strict: true });
  assert.is(
    commands(done, { deployerGroups: ["adm", "www-data"], strict: true })[0],
    `tee ${sudoers}.new < ${size(strict)}`,
  );
});

test("a site that broke nginx is taken away again; one that was there stays", () => {
  const site = setup(() => options).at(-1);
  assert.equal(undoOf(site, aTarget(bare)), [`sudo rm -f /etc/nginx/sites-enabled/shop.conf ${vhost}`]);
  assert.equal(undoOf(site, aTarget(done)), []);
});

test.run();
