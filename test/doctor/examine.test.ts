import { test } from "uvu";
import * as assert from "uvu/assert";
import { examine } from "../../lib/doctor/examine.ts";
import { makeLayout } from "../../lib/model/layout.ts";
import { vhostText } from "../../recipes/index.ts";
import { anApp, newRelease } from "../support/target.ts";
import { aUnit } from "../support/target.ts";
import type { PatientOptions } from "./support/patient.ts";
import { aPatient } from "./support/patient.ts";

const rules = (...lines: readonly string[]): NonNullable<PatientOptions["facts"]> => ({
  sudo: { kind: "rules", rules: lines },
});
const plain = [
  "/usr/bin/systemctl start shop@blue.service",
  "/usr/bin/systemctl start shop@green.service",
  "/usr/bin/systemctl stop shop@blue.service",
  "/usr/bin/systemctl stop shop@green.service",
  "/usr/bin/systemctl reload nginx",
  "/usr/bin/systemctl daemon-reload",
  "/usr/bin/tee /etc/systemd/system/shop@.service",
  ...["enable", "disable"].flatMap((verb) =>
    ["blue", "green"].map((slot) => `/usr/bin/systemctl --no-reload ${verb} shop@${slot}.service`),
  ),
  "/usr/sbin/nginx -t",
];
/** Those that only save a command. */
const quick = ["restart", "--no-reload disable --now"].flatMap((verb) =>
  ["blue", "green"].map((slot) => `/usr/bin/systemctl ${verb} shop@${slot}.service`),
);
const all = [...plain, ...quick];
const narrow = all.filter((rule) => !/tee|daemon-reload/.test(rule));
const journal = "host: journalctl -u shop@blue.service -n 50 --no-pager";
const setup = "here: bgdeploy setup production --as root";

/** A host, and all that is found on it but what is fine: level and sentence, then its mends. */
const rows: Readonly<Record<string, readonly [PatientOptions, ...(readonly string[])[]]>> = {
  "a host that serves": [{ live: "blue" }],
  "a host before its first deploy": [{}],
  "a host where a deploy runs just now": [
    {
      live: "blue",
      facts: { units: { green: aUnit("active") } },
      exam: { partials: ["/opt/shop/versions/.x.partial"] },
      locked: { byHand: undefined, byRun: "ada on laptop since noon, with v2" },
    },
    ["warning a run is in progress (ada on laptop since noon, with v2); check again when it has ended"],
  ],
  "no backend.conf": [
    { live: "blue", facts: { files: { backend: undefined } } },
    [
      "wrong cannot tell which variant is live: /opt/shop/backend.conf, which tells nginx where to send requests, is missing; shop@blue.service is active, shop@green.service is inactive; the last deploy recorded blue. Only blue is running: point the file at it and reload nginx",
      'host: echo "server 127.0.0.1:8001;" >/opt/shop/backend.conf && sudo systemctl reload nginx',
    ],
  ],
  "two servers in it, and both variants running": [
    {
      live: "green",
      facts: {
        files: { backend: "server 127.0.0.1:8001;\nserver 127.0.0.1:8002;\n" },
        units: { blue: aUnit("active") },
        listeners: [],
      },
    },
    [
      String.raw`wrong cannot tell which variant is live: /opt/shop/backend.conf must contain one line ${"`server 127.0.0.1:PORT;`"}, but says "server 127.0.0.1:8001;\nserver 127.0.0.1:8002;"; shop@blue.service is active, shop@green.service is active; the last deploy recorded green. If green should serve, point the file at it and reload nginx`,
      'host: echo "server 127.0.0.1:8002;" >/opt/shop/backend.conf && sudo systemctl reload nginx',
    ],
  ],
  "nothing that tells": [
    {
      facts: {
        files: { backend: "server unix:/run/shop;\n" },
        units: { blue: aUnit("active"), green: aUnit("active") },
      },
    },
    [
      "wrong cannot tell which variant is live: /opt/shop/backend.conf says \"server unix:/run/shop;\", which is neither blue's port 8001 nor green's port 8002; shop@blue.service is active, shop@green.service is active; no deploy has recorded a live variant. Find out which variant serves, then point the file at it and reload nginx",
      'host: echo "server 127.0.0.1:8001;" >/opt/shop/backend.conf && sudo systemctl reload nginx',
      'host: echo "server 127.0.0.1:8002;" >/opt/shop/backend.conf && sudo systemctl reload nginx',
    ],
  ],
  "a file with a parameter of somebody's own": [
    { facts: { files: { backend: "server 127.0.0.1:8002 weight=5;\n" }, units: { green: aUnit("active") } } },
    [
      'wrong cannot tell which variant is live: /opt/shop/backend.conf says "server 127.0.0.1:8002 weight=5;". It names green, but was edited by hand: bgdeploy accepts only the line `server 127.0.0.1:8002;`; shop@blue.service is inactive, shop@green.service is active; no deploy has recorded a live variant. Only green is running: point the file at it and reload nginx',
      'host: echo "server 127.0.0.1:8002;" >/opt/shop/backend.conf && sudo systemctl reload nginx',
    ],
  ],
  "a run that died around its switch": [
    { live: "blue", facts: { files: { variant: "green" }, units: { green: { ...aUnit("active"), enabled: false } } } },
    [
      "wrong an earlier run did not finish, v1.0 (blue) serves: green is still running too, and nginx may still route to it; the recorded live variant is green. The next run repairs it (fixable)",
      "here: bgdeploy doctor production --fix",
    ],
  ],
  "a live variant that is down": [
    { live: "blue", facts: { units: { blue: { ...aUnit("failed"), enabled: true } }, listeners: [] } },
    [
      "wrong the live variant blue is DOWN: shop@blue.service is failed, and nothing serves",
      "host: sudo systemctl start shop@blue.service",
      journal,
    ],
  ],
  "one that waits to be started again": [
    {
      live: "blue",
      facts: { units: { blue: { active: "activating", enabled: true, pid: 0 } }, listeners: [] },
      exam: { units: { blue: { sub: "auto-restart", runs: undefined, restarts: 1, result: "exit-code" } } },
    },
    ["wrong shop@blue.service keeps crashing: systemd has restarted it once (exit-code)", journal],
  ],
  "one that runs for a moment between two crashes": [
    { live: "blue", facts: { listeners: [] }, exam: { units: { blue: { restarts: 7, runs: 0.4, result: "signal" } } } },
    ["wrong shop@blue.service keeps crashing: systemd has restarted it 7 times (signal)", journal],
  ],
  "one that crashed long ago": [
    { live: "blue", exam: { units: { blue: { restarts: 2, runs: 7200 } } } },
    ["warning shop@blue.service has run for 120 min 0 s, but systemd had restarted it before that 2 times", journal],
  ],
  "one that does not listen": [
    { live: "blue", facts: { listeners: [] } },
    ["wrong shop@blue.service runs, but nothing listens on its port 8001: no request is served", journal],
  ],
  "a live port that another user has taken": [
    { live: "blue", facts: { strangers: { blue: "nobody (uid 65534)", green: undefined } } },
    [
      'wrong A STRANGER LISTENS: 127.0.0.1:8001, where visitors are sent, belongs to nobody (uid 65534), not to shop@blue.service. End that program; nobody can take a socket (`listen: "socket"`)',
      "host: sudo ss -ltnp 'sport = :8001'",
    ],
  ],
  "an idle unit that has failed": [
    {
      live: "blue",
      facts: { units: { green: aUnit("failed") } },
      exam: { units: { green: { sub: "failed", result: "exit-code" } } },
    },
    [
      "warning shop@green.service, which serves no traffic, has failed (exit-code) (fixable)",
      "host: sudo systemctl reset-failed shop@green.service",
      "host: journalctl -u shop@green.service -n 50 --no-pager",
    ],
  ],
  "both enabled": [
    { live: "blue", facts: { units: { green: { ...aUnit("inactive"), enabled: true } } } },
    [
      "wrong after a reboot blue and green would start, but blue is live (fixable)",
      "host: sudo systemctl --no-reload disable shop@green.service",
    ],
  ],
  "none enabled, where only the plain form is allowed": [
    {
      live: "blue",
      facts: {
        units: { blue: { ...aUnit("active"), enabled: false } },
        ...rules(...all.map((rule) => rule.replace("--no-reload ", ""))),
      },
    },
    [
      "wrong after a reboot nothing would start, but blue is live (fixable)",
      "host: sudo systemctl enable shop@blue.service",
    ],
  ],
  "an nginx that stays down after a reboot": [
    { live: "blue", exam: { nginxAtBoot: "disabled" } },
    ["wrong nginx does not start at boot: after a reboot nothing would serve", "host: sudo systemctl enable nginx"],
  ],
  "what a run refuses, too": [
    { live: "blue", facts: { tools: { rsync: undefined, flock: false } } },
    ["wrong rsync is not installed", "host: sudo apt-get install rsync"],
    ["wrong flock is not installed", "host: sudo apt-get install util-linux"],
  ],
  "old programs": [
    {
      live: "blue",
      exam: { versions: { rsync: "rsync  version 3.0.9  protocol version 30", systemd: "systemd 219" } },
    },
    ["wrong rsync 3.0.9 is too old: bgdeploy needs 3.1 or newer (--info=progress2)", "host: cat /etc/os-release"],
    [
      "wrong systemd 219 is too old: bgdeploy needs 235 or newer (NRestarts, which tells of crashes)",
      "host: cat /etc/os-release",
    ],
  ],
  "all rules, and no other": [{ live: "blue", facts: rules(...all) }],
  // Two commands do the same, and nothing is lost.
  "all rules but those that only save a command": [{ live: "blue", facts: rules(...plain) }],
  "all rules but the wide ones": [{ live: "blue", facts: rules(...narrow) }],
  "rules without the wide ones, and another unit": [
    { live: "blue", facts: { ...rules(...narrow), files: { unit: "[Service]\nWorkingDirectory=/opt/shop/\n" } } },
    [
      "wrong /etc/systemd/system/shop@.service differs from what this config generates, and the sudo rules of deploy leave this to setup: the next run will be refused",
      setup,
      "host: bgdeploy unit production | diff /etc/systemd/system/shop@.service -",
    ],
  ],
  "a rule that is missing, one that asks, and an optional one": [
    {
      live: "blue",
      facts: rules(...all.filter((rule) => !/stop shop@blue|nginx -t/.test(rule)), "!/usr/bin/systemctl reload nginx"),
    },
    [
      "wrong sudo does not allow deploy to run `systemctl stop shop@blue.service` (stops a variant). The rule: deploy ALL=(root) NOPASSWD: /usr/bin/systemctl stop shop@blue.service",
      setup,
    ],
    [
      "wrong sudo asks deploy for a password to run `systemctl reload nginx`: the last matching rule has no NOPASSWD (moves the traffic). The rule: deploy ALL=(root) NOPASSWD: /usr/bin/systemctl reload nginx",
      setup,
      "host: sudo grep -rn deploy /etc/sudoers /etc/sudoers.d",
    ],
    [
      "warning sudo does not allow deploy to run `nginx -t` (finds a broken nginx configuration before the reload). The rule: deploy ALL=(root) NOPASSWD: /usr/sbin/nginx -t",
      setup,
    ],
  ],
  "a rule that is missing beside the wide ones": [
    { live: "blue", facts: rules(...narrow.filter((rule) => !rule.includes("reload nginx"))) },
    [
      "wrong sudo does not allow deploy to run `systemctl reload nginx` (moves the traffic). The rule: deploy ALL=(root) NOPASSWD: /usr/bin/systemctl reload nginx",
      setup,
    ],
  ],
  "a command of the user's own tasks": [
    { live: "blue", facts: rules(...all), needs: [{ words: ["purge-cache"], needed: true, why: "empty the cache" }] },
    [
      "wrong sudo does not allow deploy to run `purge-cache` (empty the cache)",
      "host: sudo visudo -f /etc/sudoers.d/shop-tasks",
    ],
  ],
  "a host that is reached as root": [
    { live: "blue", facts: { sudo: { kind: "root" }, nginx: { active: false } } },
    ["wrong nginx is not running", "host: systemctl start nginx"],
  ],
  "a wildcard": [
    { live: "blue", facts: rules(...all, "/bin/systemctl stop shop@*.service") },
    [
      "warning the sudo rule `/bin/systemctl stop shop@*.service` has a wildcard, which also allows other commands: * matches spaces and further arguments",
      "host: sudo grep -rnF 'stop shop@*.service' /etc/sudoers /etc/sudoers.d",
      "here: bgdeploy sudoers production",
    ],
  ],
  "a user in none of the groups": [
    { live: "blue", facts: { user: { groups: ["deploy"] } } },
    [
      "warning deploy is not in group systemd-journal: if the app crashes, bgdeploy cannot show its last log lines",
      "host: sudo usermod -aG systemd-journal deploy",
    ],
    [
      "warning deploy is not in group www-data: release files will not belong to that group",
      "host: sudo usermod -aG www-data deploy",
    ],
  ],
  "no site at all": [
    {
      live: "blue",
      facts: { nginx: { includesBackend: false } },
      exam: { site: { includesBackend: false, unread: [] } },
    },
    [
      "wrong no nginx site includes /opt/shop/backend.conf: traffic does not reach the app",
      setup,
      "here: bgdeploy vhost production",
    ],
  ],
  "a site that an earlier bgdeploy wrote": [
    {
      live: "blue",
      facts: {
        files: {
          vhost:
            "location /static/ {\n        root /opt/shop/versions/current;\n # disable_symlinks on;\n}\nproxy_set_header Upgrade $http_upgrade;\n",
        },
      },
    },
    [
      "warning /etc/nginx/sites-available/shop.conf follows every symlink below /static/: a planted symlink exposes every file that nginx can read",
      String.raw`host: sudo sed -i 's|^\( *\)root /opt/shop/versions/current;$|&\n\1disable_symlinks if_not_owner from=$document_root;|' /etc/nginx/sites-available/shop.conf && sudo nginx -t && sudo systemctl reload nginx`,
      "host: bgdeploy vhost production | diff /etc/nginx/sites-available/shop.conf -",
    ],
    [
      "warning /etc/nginx/sites-available/shop.conf passes every protocol upgrade to the app, h2c included, not only WebSockets: a client could bypass nginx",
      "host: bgdeploy vhost production | diff /etc/nginx/sites-available/shop.conf -",
    ],
  ],
  "a site that chooses a slot before a body has arrived": [
    {
      live: "blue",
      app: { listen: "socket" },
      facts: {
        nginx: { includesFlag: true, namesSockets: true },
        files: {
          vhost: vhostText(anApp(), makeLayout("shop", "/opt/shop"), "instant").replaceAll(/^ *mirror .*$/gm, ""),
        },
      },
    },
    [
      "warning /etc/nginx/sites-available/shop.conf chooses blue or green before a request's body has arrived: a slow upload can be lost when the old variant stops",
      "host: bgdeploy vhost production | diff /etc/nginx/sites-available/shop.conf -",
    ],
  ],
  "the instant site that this bgdeploy writes": [
    {
      live: "blue",
      app: { listen: "socket" },
      facts: {
        nginx: { includesFlag: true, namesSockets: true },
        files: { vhost: vhostText(anApp(), makeLayout("shop", "/opt/shop"), "instant") },
      },
    },
  ],
  "the site that this bgdeploy writes": [
    { live: "blue", facts: { files: { vhost: vhostText(anApp(), makeLayout("shop", "/opt/shop")) } } },
  ],
  "the site of an instant switch": [
    {
      live: "blue",
      app: { listen: "socket" },
      facts: { nginx: { includesFlag: true, namesSockets: true } },
      exam: { site: { includesBackend: false, unread: [] } },
    },
  ],
  "a unit that was edited, and not read": [
    {
      live: "blue",
      facts: { files: { unit: "[Service]\nWorkingDirectory=/opt/shop/\n" } },
      exam: { units: { blue: { record: "differs", isStale: true } } },
    },
    [
      "warning /etc/systemd/system/shop@.service was changed by hand since the live release was deployed; the next run rewrites it",
      "host: bgdeploy unit production | diff /etc/systemd/system/shop@.service -",
    ],
    [
      "warning systemd has not read /etc/systemd/system/shop@.service since it was changed",
      "host: sudo systemctl daemon-reload",
    ],
  ],
  "a unit from before there was a sandbox": [
    { live: "blue", facts: { files: { unit: "[Service]\nWorkingDirectory=/opt/shop/\n" } }, exam: { exposure: 9.2 } },
    [
      "warning /etc/systemd/system/shop@.service differs from what this config generates; the next run rewrites it",
      "host: bgdeploy unit production | diff /etc/systemd/system/shop@.service -",
    ],
    [
      "warning the exposure of shop@blue.service is 9.2 of 10 (systemd-analyze security): the unit has no sandbox yet; the next run adds it",
      "here: bgdeploy run production",
    ],
  ],
  "a config that turns the sandbox off": [
    { live: "blue", app: { sandbox: false }, exam: { exposure: 9.2 } },
    [
      "warning the exposure of shop@blue.service is 9.2 of 10 (systemd-analyze security): the config has `sandbox: false`. Remove it, and allow what the app needs with `unit`",
      "host: systemd-analyze security --no-pager shop@blue.service",
    ],
  ],
  "a config that opens most of the sandbox": [
    { live: "blue", exam: { exposure: 5.4 } },
    [
      "warning the exposure of shop@blue.service is 5.4 of 10 (systemd-analyze security): the config's `unit` disables much of the sandbox",
      "host: systemd-analyze security --no-pager shop@blue.service",
    ],
  ],
  "a host whose systemd cannot tell": [{ live: "blue", exam: { exposure: undefined } }],
  "a live release that is gone": [
    { live: "blue", exam: { dangling: ["/opt/shop/versions/current-blue", "/opt/shop/versions/current-green"] } },
    [
      "wrong /opt/shop/versions/current-blue points to a release that no longer exists: 2025_05_01T00_00_00-v1.0 cannot start again. Deploy again",
      "host: ls -l /opt/shop/versions",
    ],
    ["warning /opt/shop/versions/current-green points to nothing", "host: ls -l /opt/shop/versions"],
  ],
  "an open file of someone else": [
    { live: "blue", exam: { private: [{ path: "/opt/shop/environment-blue", mode: "640", owner: "root" }] } },
    [
      "wrong users other than root can read /opt/shop/environment-blue (mode 640), which may contain secrets",
      "host: sudo chmod 600 /opt/shop/environment-blue",
    ],
  ],
  "a closed one": [
    { live: "blue", exam: { private: [{ path: "/opt/shop/environment-blue", mode: "600", owner: "deploy" }] } },
  ],
  "a clock that is behind": [
    { live: "blue", ahead: -90.4 },
    ["warning its clock is 90 s behind this machine's; one of them is wrong", "host: sudo timedatectl set-ntp true"],
  ],
  "a release from the future": [
    {
      live: "blue",
      facts: { clock: newRelease.time / 1000 - 86_400, releases: [{ id: newRelease.id, status: "live" }] },
    },
    [
      "warning release 2025_05_13T00_00_00-v1.1 is dated in the future, by this machine's clock: a new release would sort before it and be pruned as older",
    ],
  ],
  "a lock by hand": [
    { live: "blue", locked: { byHand: "ada on laptop since noon: audit", byRun: undefined } },
    [
      "warning locked by hand: ada on laptop since noon: audit. All deploys are refused",
      "here: bgdeploy unlock production",
    ],
  ],
  "a host that a task refuses": [{ live: "blue", refusals: ["it has no GPU"] }, ["wrong it has no GPU"]],
};

for (const [what, [options, ...expected]] of Object.entries(rows)) {
  test(`of ${what} ${expected.length === 0 ? "nothing is found" : "this is found"}`, () => {
    const { where, findings } = examine(aPatient(options));
    assert.equal(where, { kind: "host", host: "h1" });
    const found = findings
      .filter(({ level }) => level !== "fine" && level !== "limit")
      .map(({ level, what: said, mends, fixable }) => [
        `${level} ${said}${fixable ? " (fixable)" : ""}`,
        ...mends.map(({ on, line, fedBy }) => `${on}: ${fedBy === undefined ? "" : `${fedBy} | `}${line}`),
      ]);
    assert.equal(found, expected);
  });
}

test.run();
