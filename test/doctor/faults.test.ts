import { chmod } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Ended } from "../support/bgdeploy.ts";
import { bgdeploy } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { fingerprint } from "../world/support/world.ts";
import { onHosts, told, typeMends } from "./support/ward.ts";

const test = labSuite("doctor: what a host lacks");
let scene: Scene;
let faults: Ended;
test.before(async () => {
  scene = await aScene("doctor", { machines: 3, hosts: ["h*"], settings: `version: "v0",` });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

const doctor = (...flags: readonly string[]): Promise<Ended> => scene.project.run("doctor", "production", ...flags);
const hosts = (): Promise<readonly string[]> => Promise.all(scene.hosts.map((host) => fingerprint(scene.lab, host)));

test("where all is well nothing is found, exit 0, and nothing is changed", async () => {
  const before = await hosts();
  const run = succeeded(await doctor());
  assert.is(
    told(run, scene),
    "this machine: fine\nh1, h2, h3: fine\n\nNo problems (this machine and 3 hosts checked)\n",
  );
  assert.is(run.stderr, "");
  assert.equal(await hosts(), before);
});

const found = `h1
  wrong    after a reboot green would start, but blue is live
             ssh -t h1 'sudo systemctl --no-reload enable link-shortener@blue.service'
             ssh -t h1 'sudo systemctl --no-reload disable link-shortener@green.service'
  wrong    rsync is not installed
             ssh -t h1 'sudo apt-get install rsync'
  wrong    nginx's configuration is already broken; nothing was changed. sudo nginx -t says: unknown directive "lisen" in /etc/nginx/sites-enabled/other.conf:1
             ssh -t h1 'sudo nginx -t'
  wrong    users other than deploy can read /opt/link-shortener/environment-blue (mode 644), which may contain secrets
             ssh h1 'chmod 600 /opt/link-shortener/environment-blue'
  warning  an interrupted upload was left behind: .TIME-v9.partial
             ssh h1 'rm -rf /opt/link-shortener/versions/.TIME-v9.partial'

h2
  wrong    sudo does not allow deploy to run \`systemctl stop link-shortener@green.service\` (stops a variant). The rule: deploy ALL=(root) NOPASSWD: /usr/bin/systemctl stop link-shortener@green.service
             bgdeploy setup production --as root --only h2
  wrong    sudo asks deploy for a password to run \`systemctl reload nginx\`: the last matching rule has no NOPASSWD (moves the traffic). The rule: deploy ALL=(root) NOPASSWD: /usr/bin/systemctl reload nginx
             bgdeploy setup production --as root --only h2
             ssh -t h2 'sudo grep -rn deploy /etc/sudoers /etc/sudoers.d'
  wrong    port 8002 (needed by link-shortener@green.service) is in use by a process owned by www-data
             ssh -t h2 'sudo ss -ltnp '\\''sport = :8002'\\'''
  warning  deploy is not in group systemd-journal: if the app crashes, bgdeploy cannot show its last log lines
             ssh -t h2 'sudo usermod -aG systemd-journal deploy'
  warning  deploy is not in group www-data: release files will not belong to that group
             ssh -t h2 'sudo usermod -aG www-data deploy'
  warning  the sudo rule \`/usr/bin/systemctl start link-shortener@*.service\` has a wildcard, which also allows other commands: * matches spaces and further arguments
             ssh -t h2 'sudo grep -rnF '\\''start link-shortener@*.service'\\'' /etc/sudoers /etc/sudoers.d'
             bgdeploy sudoers production
  warning  /etc/systemd/system/link-shortener@.service was changed by hand since the live release was deployed; the next run rewrites it
             bgdeploy unit production | ssh h2 'diff /etc/systemd/system/link-shortener@.service -'
  warning  systemd has not read /etc/systemd/system/link-shortener@.service since it was changed
             ssh -t h2 'sudo systemctl daemon-reload'

h3
  wrong    nginx does not start at boot: after a reboot nothing would serve
             ssh -t h3 'sudo systemctl enable nginx'
  wrong    the app's nginx site /etc/nginx/sites-available/link-shortener.conf is not enabled: NO REQUEST REACHES THE APP
             ssh -t h3 'sudo ln -sfn /etc/nginx/sites-available/link-shortener.conf /etc/nginx/sites-enabled/link-shortener.conf && sudo nginx -t && sudo systemctl reload nginx'
  wrong    the disk of /opt/link-shortener/versions has 19 MB free, but the release needs up to 33 MB. Free some space; check with \`df -h /opt/link-shortener/versions\`
             ssh h3 'df -h /opt/link-shortener/versions'
  warning  systemd has not read /etc/systemd/system/link-shortener@.service since it was changed
             ssh -t h3 'sudo systemctl daemon-reload'
  warning  /etc/systemd/system/link-shortener@.service.d/nice.conf extends the unit; bgdeploy does not read it
             ssh h3 'cat /etc/systemd/system/link-shortener@.service.d/nice.conf'

this machine: fine

10 problems, 8 warnings (this machine and 3 hosts checked)
To fix 3 of them: bgdeploy doctor production --fix
`;

test("every fault is named on its host, with what mends it; nothing is changed", async () => {
  const sudoers = "/etc/sudoers.d/link-shortener-bgdeploy";
  await onHosts(scene, {
    h1: [
      "mv /usr/bin/rsync /usr/bin/rsync.away",
      "systemctl enable -q link-shortener@green && systemctl disable -q link-shortener@blue",
      "install -d -o deploy /opt/link-shortener/versions/.2025_01_01T00_00_00-v9.partial",
      "chmod 644 /opt/link-shortener/environment-blue",
      "echo 'server { lisen 80; }' >/etc/nginx/sites-enabled/other.conf",
    ],
    h2: [
      `grep -v ' stop link-shortener@green' ${sudoers} | sed 's/NOPASSWD: \\(.*reload nginx\\)/\\1/' >/tmp/rules && echo 'deploy ALL=(root) NOPASSWD: /usr/bin/systemctl start link-shortener@*.service' >>/tmp/rules && visudo -cqf /tmp/rules && cat /tmp/rules >${sudoers}`,
      "echo '# edited' >>/etc/systemd/system/link-shortener@.service",
      "gpasswd -d deploy systemd-journal; gpasswd -d deploy www-data",
      "systemd-run -q --unit thief -p User=www-data /usr/local/bin/node -e 'net.createServer().listen(8002)'; for i in $(seq 300); do grep -q ':1F42 .* 0A ' /proc/net/tcp* && break; sleep 0.1; done",
    ],
    h3: [
      "rm /etc/nginx/sites-enabled/link-shortener.conf && systemctl disable -q nginx",
      "mkdir /srv/disk && mount -t tmpfs -o size=20m tmpfs /srv/disk && cp -a /opt/link-shortener/. /srv/disk && chown deploy:www-data /srv/disk && mount --bind /srv/disk /opt/link-shortener",
      "mkdir -p /etc/systemd/system/link-shortener@.service.d && printf '[Service]\\nNice=5\\n' >/etc/systemd/system/link-shortener@.service.d/nice.conf",
    ],
  });
  const before = await hosts();
  const run = ended(await doctor(), 1);
  assert.is(told(run, scene), found);
  assert.equal(await hosts(), before);
  faults = run;
});

test("the commands that it prints mend what they are printed for", async () => {
  assert.equal(
    await typeMends(scene, faults),
    [
      "sudo systemctl --no-reload enable link-shortener@blue.service",
      "sudo systemctl --no-reload disable link-shortener@green.service",
      "chmod 600 /opt/link-shortener/environment-blue",
      "rm -rf /opt/link-shortener/versions/.TIME-v9.partial",
      "bgdeploy setup production --as root --only h2",
      "sudo usermod -aG systemd-journal deploy",
      "sudo usermod -aG www-data deploy",
      "sudo systemctl daemon-reload",
      "sudo systemctl enable nginx",
      "sudo ln -sfn /etc/nginx/sites-available/link-shortener.conf /etc/nginx/sites-enabled/link-shortener.conf && sudo nginx -t && sudo systemctl reload nginx",
      "sudo systemctl daemon-reload",
    ].map((line) => line.replace("TIME", "2025_01_01T00_00_00")),
  );
  // What a command only looked for, a person ends.
  await onHosts(scene, {
    h1: ["mv /usr/bin/rsync.away /usr/bin/rsync", "rm /etc/nginx/sites-enabled/other.conf"],
    h2: ["systemctl stop thief"],
    h3: [
      "umount /opt/link-shortener",
      "rm -r /etc/systemd/system/link-shortener@.service.d && systemctl daemon-reload",
    ],
  });
  const run = succeeded(await doctor());
  assert.is(
    told(run, scene),
    `h2
  warning  /etc/systemd/system/link-shortener@.service was changed by hand since the live release was deployed; the next run rewrites it
             bgdeploy unit production | ssh h2 'diff /etc/systemd/system/link-shortener@.service -'

this machine: fine
h1, h3: fine

No problems, 1 warning (this machine and 3 hosts checked)
`,
  );
  succeeded(await scene.project.deploy("v2"));
  assert.match(succeeded(await doctor()).stdout, "No problems (this machine and 3 hosts checked)\n");
});

test("a site that has lost its include is found, and one that cannot be read is not accused", async () => {
  const site = "/etc/nginx/sites-available/link-shortener.conf";
  await onHosts(scene, {
    h1: [`sed -i 's,^ *include .*,    server 127.0.0.1:8002; # include /opt/link-shortener/backend.conf;,' ${site}`],
    h2: ["chmod 700 /etc/nginx/sites-available"],
  });
  assert.is(
    told(ended(await doctor("--only", "h1", "--only", "h2"), 1), scene),
    `h1
  wrong    no nginx site includes /opt/link-shortener/backend.conf: traffic does not reach the app. /etc/nginx/sites-available/link-shortener.conf has it, but is not enabled, or only in a comment
             ssh -t h1 'sudo ln -sfn ${site} /etc/nginx/sites-enabled/link-shortener.conf && sudo nginx -t && sudo systemctl reload nginx'
             bgdeploy vhost production | ssh h1 'diff ${site} -'

h2
  warning  cannot tell whether a site includes /opt/link-shortener/backend.conf: deploy cannot read /etc/nginx/sites-enabled/link-shortener.conf
             ssh -t h2 'sudo nginx -T | grep /opt/link-shortener/backend.conf'

this machine: fine

1 problem, 1 warning (this machine and 2 hosts checked)
`,
  );
  await onHosts(scene, { h2: ["chmod 755 /etc/nginx/sites-available"] });
});

test("what is wrong on this machine, and what the config asks of hosts that lack it", async () => {
  const settings = `secrets: ["DATABASE_URL", "TOKEN"], group: "nobody-here", exec: { user: "nobody-there" }, state: false, version: "v0",`;
  await scene.project.write({
    hosts: ["h3"],
    settings,
    files: {
      "dist/.env": "A=1\n",
      ".env": "A=1\n",
      "clock.mjs": "const now = Date.now; Date.now = () => now() - 3_600_000;\n",
    },
  });
  await chmod(join(scene.project.directory, "dist/bin/link-shortener"), 0o644);
  const run = ended(
    await bgdeploy(["doctor", "production"], {
      cwd: scene.project.directory,
      env: { NODE_OPTIONS: `--import=${join(scene.project.directory, "clock.mjs")}`, TOKEN: "hush-hush" },
    }),
    1,
  );
  assert.is(
    told(run, scene).replaceAll(/is \d+ s ahead/g, "is N s ahead"),
    `this machine
  wrong    secrets: not set in this environment, or empty: DATABASE_URL. Export it and run again
  wrong    dist: DIR/dist/bin/link-shortener is not executable
             chmod +x DIR/dist/bin/link-shortener
  warning  dist: DIR/dist/.env looks like a secret, and every user on the hosts could read it. Keep it out of the build
             ls -l DIR/dist/.env
  warning  other users can read DIR/.env
             chmod 600 DIR/.env

h3
  wrong    user nobody-there, who should run the service, does not exist
             bgdeploy setup production --as root
  wrong    group nobody-here does not exist
             ssh -t h3 'sudo groupadd nobody-here'
  warning  /etc/systemd/system/link-shortener@.service differs from what this config generates; the next run rewrites it
             bgdeploy unit production | ssh h3 'diff /etc/systemd/system/link-shortener@.service -'
  warning  its clock is N s ahead of this machine's; one of them is wrong
             ssh -t h3 'sudo timedatectl set-ntp true'
  warning  release TIME-v2 is dated in the future, by this machine's clock: a new release would sort before it and be pruned as older

4 problems, 5 warnings (this machine and 1 host checked)
`,
  );
  assert.not.match(run.stdout + run.stderr, "hush-hush");
});

test.run();
