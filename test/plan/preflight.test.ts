import { test } from "uvu";
import * as assert from "uvu/assert";
import { preflight } from "../../lib/plan/preflight.ts";
import type { TargetOptions } from "../support/target.ts";
import { aTarget, aUnit } from "../support/target.ts";

const load = { bytes: 50e6, files: 1000 };
/** For who may sudo everything, as the targets here do; and for who may not. */
const setup = "Prepare the host once: bgdeploy setup production";
const setupAsRoot = `${setup} --as root`;
const root = { kind: "root" } as const;
const reachable = { user: { groups: ["deploy", "www-data"] } };

/** What is wrong with a host, and every sentence that is said of it. */
const rows: readonly (readonly [string, TargetOptions, readonly string[]])[] = [
  ["a sound host", { live: "blue" }, []],
  ["a sound host before its first deploy", {}, []],
  ["no systemd", { facts: { tools: { systemd: undefined } } }, ["systemd is not installed, and bgdeploy requires it"]],
  [
    "no rsync",
    { facts: { tools: { rsync: undefined } } },
    ["rsync is not installed. Install it: sudo apt-get install rsync"],
  ],
  [
    "no flock",
    { facts: { tools: { flock: false } } },
    ["flock is not installed. Install it: sudo apt-get install util-linux"],
  ],
  [
    "no nginx",
    { facts: { tools: { nginx: undefined }, nginx: { active: false } } },
    ["nginx is not installed. Install it: sudo apt-get install nginx"],
  ],
  [
    "nginx stopped",
    { facts: { nginx: { active: false } } },
    ["nginx is not running. Start it: sudo systemctl start nginx"],
  ],
  [
    "nginx's workers hidden",
    { facts: { nginx: { pid: 7, hasWorkers: false } } },
    [
      "nginx runs, but deploy cannot see its workers: /proc is mounted with hidepid, nginx runs with `master_process off`, or nginx.service starts it through a wrapper. Without seeing its workers bgdeploy cannot verify that a reload took effect. To inspect: findmnt -no OPTIONS /proc; systemctl status nginx.service",
    ],
  ],
  [
    "nginx broken already",
    { facts: { nginx: { test: { verdict: "broken", output: "x\nnginx: [emerg] no }\nnginx: test failed" } } } },
    ["nginx's configuration is already broken; nothing was changed. sudo nginx -t says: no }"],
  ],
  [
    "a .bashrc that prints",
    { facts: { noise: "hello\n" } },
    [
      'the login shell prints "hello" before any command, which breaks rsync. Make /home/deploy/.bashrc print only on a terminal: put `case $- in *i*) ;; *) return ;; esac` on its first line',
    ],
  ],
  [
    "a fish that prints",
    { facts: { noise: "hello", shell: "/usr/bin/fish" } },
    [
      'the login shell prints "hello" before any command, which breaks rsync. Make /home/deploy/.config/fish/config.fish print only on a terminal: put `status is-interactive; or exit` on its first line',
    ],
  ],
  ["noise of blanks only", { facts: { noise: " \n" } }, []],
  [
    "no destination, and no right to make it",
    { facts: { destination: "missing" } },
    [`/opt/shop does not exist, and deploy cannot create it. ${setup}`],
  ],
  ["no destination, but the right to make it", { facts: { destination: "missing", parentWritable: true } }, []],
  [
    "a destination of someone else",
    { facts: { destination: "not-writable", owner: { user: "root", group: "root" } } },
    [`deploy cannot write to /opt/shop (it belongs to root:root). ${setup}`],
  ],
  [
    "no destination and no user, for who may sudo only single commands",
    {
      facts: { destination: "missing", parentWritable: false, sudo: { kind: "rules", rules: ["/usr/sbin/nginx -t"] } },
    },
    [`/opt/shop does not exist, and deploy cannot create it. ${setupAsRoot}`],
  ],
  [
    "an app that is called as a unit of the system",
    { facts: { systemUnit: "/usr/lib/systemd/system/shop@.service" } },
    ['the system has a unit of this name, /usr/lib/systemd/system/shop@.service. Give the app another name: app: "…"'],
  ],
  [
    "no user for the service",
    { facts: { execUserExists: false } },
    [`user shop, who should run the service, does not exist. ${setup}`],
  ],
  [
    "no owner for root's files",
    { app: { user: "owner", appCanActAsDeployer: true }, facts: { sudo: root, appUserExists: false } },
    [`user owner, who should own the files, does not exist. ${setupAsRoot}`],
  ],
  [
    "no group",
    { facts: { groupExists: false } },
    ["group www-data does not exist. Set `group` in the config, or: sudo groupadd www-data"],
  ],
  [
    "no right to sudo",
    { facts: { sudo: { kind: "none", reason: "sudo: a password is required" } } },
    [
      "sudo lets deploy run no command without a password (it says: sudo: a password is required). Install the sudo rules once: bgdeploy setup production --as root",
    ],
  ],
  [
    "no sudo",
    { facts: { sudo: { kind: "none", reason: "bash: line 1: sudo: command not found" } } },
    ["sudo is not installed, and deploy is not root. Install it: apt-get install sudo"],
  ],
  [
    "too little room",
    { facts: { disk: { freeBytes: 60 * 1024 * 1024 } } },
    [
      "the disk of /opt/shop/versions has 60 MB free, but the release needs up to 80 MB. Free some space; check with `df -h /opt/shop/versions`",
    ],
  ],
  [
    "too few inodes",
    { facts: { disk: { freeInodes: 1099 } } },
    ["the disk of /opt/shop/versions has room for 1099 files; the release has 1000"],
  ],
  ["just enough room", { facts: { disk: { freeBytes: 50e6 + 32 * 1024 * 1024, freeInodes: 1100 } } }, []],
  [
    "the new port taken by another program",
    { live: "blue", facts: { listeners: [{ port: 8002, user: "redis" }] } },
    [
      "port 8002 (needed by shop@green.service) is in use by a process owned by redis. To find it: sudo ss -ltnp 'sport = :8002'",
    ],
  ],
  [
    "the new port held by a leftover of its own unit",
    { live: "blue", facts: { listeners: [{ port: 8002, user: "shop" }], units: { green: aUnit("active") } } },
    [],
  ],
  [
    "an app on sockets, whatever takes its ports",
    { live: "blue", app: { listen: "socket" }, facts: { ...reachable, listeners: [{ port: 8002, user: "redis" }] } },
    [],
  ],
  ["an app on sockets, where root deploys", { live: "blue", app: { listen: "socket" }, facts: { sudo: root } }, []],
  [
    "an app on sockets that nobody reaches",
    {
      live: "blue",
      app: { listen: "socket", group: "shop" },
      facts: { nginx: { isInGroup: false }, programs: ["curl"] },
    },
    [
      `nginx's workers are not in the group shop, so they cannot reach the app's sockets. Set \`group\` to one of their groups. Or add them: sudo usermod -aG shop "$(ps -o user= -C nginx | grep -v root | head -n 1)" && sudo systemctl restart nginx`,
      "deploy is not in the group shop, so it cannot reach the app's sockets. Add it: sudo usermod -aG shop deploy",
      "neither perl nor python3 is installed; one of them is needed to connect to the app's sockets. Install one: sudo apt-get install perl-base",
    ],
  ],
  [
    "the new port being that of the live variant",
    { live: "blue", app: { ports: { blue: 8003, green: 8001 } } },
    ["the live blue listens on port 8001, but the config gives that port to green. Give green a different port"],
  ],
  [
    "nobody can tell what is live",
    { live: "blue", facts: { files: { backend: undefined } } },
    [
      "cannot tell which variant is live: backend.conf is missing, blue is active, green is inactive, the last recorded is blue. To diagnose: bgdeploy doctor production",
    ],
  ],
  [
    "several at once",
    { facts: { tools: { rsync: undefined }, groupExists: false } },
    [
      "rsync is not installed. Install it: sudo apt-get install rsync",
      "group www-data does not exist. Set `group` in the config, or: sudo groupadd www-data",
    ],
  ],
];

for (const [what, options, problems] of rows) {
  test(`of ${what}, the preflight says ${problems.length === 0 ? "nothing" : "so"}`, () => {
    assert.equal(
      preflight([aTarget(options)], load, "production"),
      problems.map((problem) => `h1: ${problem}`),
    );
  });
}

for (const [built, cpu, fits] of [
  ["x86_64", "x86_64", true],
  ["i686", "x86_64", true],
  ["arm", "aarch64", true],
  ["arm", "armv7l", true],
  [undefined, "x86_64", true],
  ["x86_64", undefined, true],
  ["x86_64", "aarch64", false],
  ["aarch64", "x86_64", false],
] as const) {
  test(`a program for ${built} is ${fits ? "sent to" : "refused for"} a host that is ${cpu}`, () => {
    const problem = `h1: its CPU is ${cpu}, but /projects/shop/dist/bin/shop is built for ${built}. Build it for ${cpu}`;
    const said = preflight([aTarget({ live: "blue", facts: { cpu } })], { ...load, cpu: built }, "production");
    assert.equal(said, fits ? [] : [problem]);
  });
}

test("two names of one machine are refused", () => {
  const targets = ["web", "web.example", "db"].map((host) =>
    aTarget({ host, facts: { machineId: host === "db" ? "2" : "1" } }),
  );
  assert.equal(preflight(targets, load, "production"), [
    "web and web.example are the same machine (debian); name it once in `hosts`",
  ]);
});

test("machines without an id may be any", () => {
  const targets = ["a", "b"].map((host) => aTarget({ host, facts: { machineId: "" } }));
  assert.equal(preflight(targets, load, "production"), []);
});

test.run();
