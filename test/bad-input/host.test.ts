import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Call, World } from "../world/support/world.ts";
import { aWorld, fingerprint } from "../world/support/world.ts";

const test = labSuite("hosts that lack something");
let world: World;

test.before(async () => {
  world = await aWorld({ hosts: 1, bastion: false, name: "bad-host" });
});

test.after(() => world.close());

/** What is done to the host before and after, by root; and what is then said of it. */
type Row = { readonly breaks: string; readonly mends: string; readonly says: string; readonly call?: Call };

const away = (path: string): Pick<Row, "breaks" | "mends"> => ({
  breaks: `mv ${path} ${path}.away`,
  mends: `mv ${path}.away ${path}`,
});
/** A program that comes before the system's, and goes on as it where it says nothing else. */
const inPlaceOf = (name: string, text: string): Pick<Row, "breaks" | "mends"> => ({
  breaks: `cat >/usr/local/bin/${name} <<'END'\n#!/bin/sh\n${text}\nexec /usr/bin/${name} "$@"\nEND\nchmod +x /usr/local/bin/${name}`,
  mends: `rm /usr/local/bin/${name}`,
});
const setup = "Prepare the host once: bgdeploy setup production --as root";

const rows: Readonly<Record<string, Row>> = {
  "no rsync": { ...away("/usr/bin/rsync"), says: "rsync is not installed. Install it: sudo apt-get install rsync" },
  "no flock": {
    ...away("/usr/bin/flock"),
    says: "flock is not installed. Install it: sudo apt-get install util-linux",
  },
  "no nginx": { ...away("/usr/sbin/nginx"), says: "nginx is not installed. Install it: sudo apt-get install nginx" },
  "no bash": {
    breaks: "usermod -s /bin/sh deploy; mv /usr/bin/bash /usr/bin/bash.away",
    mends: "mv /usr/bin/bash.away /usr/bin/bash; usermod -s /bin/bash deploy",
    says: "bash is not installed. Install it: $SSH h1 sudo apt-get install bash",
  },
  "nginx stopped": {
    breaks: "systemctl stop nginx",
    mends: "systemctl start nginx",
    says: "nginx is not running. Start it: sudo systemctl start nginx",
  },
  "an nginx configuration that is broken": {
    breaks: "echo 'server { lisen 80; }' > /etc/nginx/sites-enabled/other.conf",
    mends: "rm /etc/nginx/sites-enabled/other.conf",
    says: 'nginx\'s configuration is already broken; nothing was changed. sudo nginx -t says: unknown directive "lisen" in /etc/nginx/sites-enabled/other.conf:1',
  },
  "an nginx whose workers the ssh user cannot see": {
    breaks: "mount -o remount,hidepid=2 /proc",
    mends: "mount -o remount,hidepid=0 /proc",
    says: "nginx runs, but deploy cannot see its workers: /proc is mounted with hidepid, nginx runs with `master_process off`, or nginx.service starts it through a wrapper. Without seeing its workers bgdeploy cannot verify that a reload took effect. To inspect: findmnt -no OPTIONS /proc; systemctl status nginx.service",
  },
  "a port taken by another program": {
    breaks:
      "systemd-run -q --unit thief -p User=www-data /usr/local/bin/node -e 'net.createServer().listen(8001, `127.0.0.1`)'; for i in $(seq 100); do grep -q ':1F41 .* 0A ' /proc/net/tcp && break; sleep 0.1; done",
    mends: "systemctl stop thief",
    says: "port 8001 (needed by shop@blue.service) is in use by a process owned by www-data. To find it: sudo ss -ltnp 'sport = :8001'",
  },
  "no destination": {
    ...away("/opt/shop"),
    says: `nginx's configuration is already broken; nothing was changed. sudo nginx -t says: open() "/opt/shop/backend.conf" failed (2: No such file or directory) in /etc/nginx/sites-enabled/shop.conf:12\nbgdeploy: h1: /opt/shop does not exist, and deploy cannot create it. ${setup}`,
  },
  "a destination that is not writable": {
    breaks: "chown root:root /opt/shop",
    mends: "chown deploy:www-data /opt/shop",
    says: `deploy cannot write to /opt/shop (it belongs to root:root). ${setup}`,
  },
  "no user to run the service": {
    breaks: "true",
    mends: "true",
    call: { settings: 'exec: { user: "nobody2" },' },
    says: `user nobody2, who should run the service, does not exist. ${setup}`,
  },
  "a find that cannot tell links, as busybox's": {
    ...inPlaceOf(
      "find",
      'case " $* " in *" -printf "*|*" -quit "*) echo "find: unrecognized: -printf" >&2; exit 1 ;; esac',
    ),
    says: "its `find` has no -printf (busybox?), so links and owners cannot be read. Install GNU findutils there",
  },
  "a stat that cannot tell the disk": {
    ...inPlaceOf("stat", 'case " $* " in *" -f "*) exit 1 ;; esac'),
    says: "its `stat -f -c` does not report free disk space. Install GNU coreutils there",
  },
  "a systemd that does not answer": {
    ...inPlaceOf("systemctl", 'echo "Failed to connect to bus: Connection refused" >&2; exit 1'),
    says: "systemd does not answer, so bgdeploy cannot read which variant runs. Try there: systemctl show nginx",
  },
  "releases that may not be read": {
    breaks: "chown root: /opt/shop/versions; chmod 700 /opt/shop/versions",
    mends: "chown deploy:www-data /opt/shop/versions; chmod 755 /opt/shop/versions",
    says: "deploy cannot read /opt/shop/versions, which holds the releases. Connect as the deploy user",
  },
  "no group": {
    breaks: "true",
    mends: "true",
    call: { settings: 'group: "nogroup2",' },
    says: "group nogroup2 does not exist. Set `group` in the config, or: sudo groupadd nogroup2",
  },
};

for (const [name, { breaks, mends, says, call }] of Object.entries(rows)) {
  test(`${name} is named with its mend, and nothing is touched`, async () => {
    await onHost(breaks);
    try {
      const before = await fingerprint(world.lab, "h1");
      const { code, stderr } = await world.call(call);
      assert.is(stderr.replaceAll(/ssh -F \S+/g, "$SSH"), `bgdeploy: h1: ${says}\n`);
      assert.is(code, 2);
      assert.is(await fingerprint(world.lab, "h1"), before);
    } finally {
      await onHost(mends);
    }
  });
}

test("a broken nginx configuration is found without the rule for nginx -t, too", async () => {
  await onHost(
    "sed -i '/nginx -t/d' /etc/sudoers.d/shop-bgdeploy; echo 'server { lisen 80; }' > /etc/nginx/sites-enabled/other.conf",
  );
  const { code, stderr } = await world.call();
  assert.match(stderr, 'unknown directive "lisen" in /etc/nginx/sites-enabled/other.conf:1');
  assert.is(code, 2);
  await onHost("rm /etc/nginx/sites-enabled/other.conf");
});

test("two names of one machine are refused", async () => {
  const { code, stderr } = await world.call({ hosts: ["h1", "root-h1"] });
  assert.is(stderr, "bgdeploy: h1 and root-h1 are the same machine (h1); name it once in `hosts`\n");
  assert.is(code, 2);
});

test("an /etc/nginx that the ssh user may not read does no harm", async () => {
  await onHost("chmod 700 /etc/nginx");
  await deploys();
  await onHost("chmod 755 /etc/nginx");
});

test("a clock that is a day off, ahead or behind, does no harm", async () => {
  for (const day of [-1, 1]) {
    const clock = join(world.directory, `clock${day}.mjs`);
    await writeFile(clock, `const now = Date.now; Date.now = () => now() + ${day * 86_400_000};\n`);
    await deploys({ env: { NODE_OPTIONS: `--import=${clock}` } });
  }
  await deploys();
});

test.run();

async function deploys(call: Call = {}): Promise<void> {
  const { code, stdout, stderr } = await world.call(call);
  assert.is(code, 0, stderr + stdout);
  assert.match(await world.served("h1"), /^(blue|green)\n$/);
}

async function onHost(command: string): Promise<void> {
  const { code, stderr } = await world.lab.exec("h1", command);
  if (code !== 0) throw new Error(`${command}: ${stderr}`);
}
