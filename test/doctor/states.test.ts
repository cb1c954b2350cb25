import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { run as program } from "../lab/command.ts";
import { eventually, quick } from "../releases/support/host.ts";
import type { Ended } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served, visit } from "../support/hosts.ts";
import { fingerprint } from "../world/support/world.ts";
import { onHosts, told, typeMends } from "./support/ward.ts";

const test = labSuite("doctor: what became of a host");
let scene: Scene;
test.before(async () => {
  scene = await aScene("doctor-states", { machines: 4, hosts: ["h*"], settings });
  succeeded(await scene.project.deploy("v1"));
});
let faults: Ended;
test.after(() => scene.end());

const doctor = (...flags: readonly string[]): Promise<Ended> => scene.project.run("doctor", "production", ...flags);
const settings = `${quick} version: "v0",`;
const app = "/opt/link-shortener";
const unit = "/etc/systemd/system/link-shortener@.service";

test("before a first deploy all may be well; where another user deployed before root, it is said what root takes over", async () => {
  await scene.project.write({
    hosts: ["root-h1", "h2"],
    settings: `app: "other", ports: { blue: 9001, green: 9002 }, version: "v0",`,
  });
  const { stdout } = ended(await doctor("--only", "root-h1"), 1);
  assert.match(stdout, "user other, who should run the service, does not exist");
  await scene.project.write({ hosts: ["h2"], settings });
  const sound = succeeded(await doctor());
  assert.is(told(sound, scene), "this machine: fine\nh2: fine\n\nNo problems (this machine and 1 host checked)\n");
  assert.match(
    sound.stdout,
    `known limits (docs/security.md)
  limit    deploy can read the logs of all services on the host (group systemd-journal or adm)
  limit    deploy equals root: sudo lets them write ${unit}. \`strict: true\` avoids that rule
  limit    any user on the host can listen on port 8001 or 8002 while the app does not: `,
  );
  await scene.project.write({ hosts: ["root-h1"], settings });
  assert.is(
    told(succeeded(await doctor()), scene),
    `root-h1
  warning  ${app} belonged to deploy: from this run on root owns it and its releases, so that nobody else can change what root executes. Its records may be forged and are set aside (${app}/.bgdeploy.*)

this machine: fine

No problems, 1 warning (this machine and 1 host checked)
`,
  );
});

test("two names of one machine are named", async () => {
  await scene.project.write({ hosts: ["h1", "root-h1"], settings });
  assert.match(
    ended(await doctor(), 1).stdout,
    "hosts compared\n  wrong    h1 and root-h1 are the same machine (h1); name it once in `hosts`\n",
  );
  await scene.project.write({ hosts: ["h*"], settings });
});

test("a host that is down, unclear, crashing or away keeps nobody from looking at the others", async () => {
  await onHosts(scene, {
    h1: [`echo 'server 127.0.0.1:9000;' >${app}/backend.conf`, "sed -i '1i echo Welcome' /home/deploy/.bashrc"],
    h2: [
      `cp ${unit} /root/unit && sed -i 's,^ExecStart=.*,ExecStart=/bin/false,' ${unit} && systemctl daemon-reload && systemctl restart link-shortener@blue`,
      "for i in $(seq 600); do [ $(systemctl show -p NRestarts --value link-shortener@blue) -ge 2 ] && exit; sleep 0.1; done; false",
    ],
    h3: ["systemctl stop link-shortener@blue", `chown root:root ${app}`],
    h4: ["systemctl stop ssh.socket ssh.service 2>/dev/null; ! pgrep -x sshd || pkill -x sshd"],
  });
  const before = await Promise.all(scene.hosts.map((host) => fingerprint(scene.lab, host)));
  const run = ended(await doctor(), 1);
  assert.is(
    // Between two crashes it runs for a moment, and has no bad result.
    told(run, scene).replace(/it \d+ times( \(exit-code\))?$/m, "it N times"),
    `h1
  wrong    cannot tell which variant is live: ${app}/backend.conf says "server 127.0.0.1:9000;", which is neither blue's port 8001 nor green's port 8002; link-shortener@blue.service is active, link-shortener@green.service is inactive; the last deploy recorded blue. Only blue is running: point the file at it and reload nginx
             ssh -t h1 'echo "server 127.0.0.1:8001;" >${app}/backend.conf && sudo systemctl reload nginx'
  wrong    the login shell prints "Welcome" before any command, which breaks rsync. Make /home/deploy/.bashrc print only on a terminal: put \`case $- in *i*) ;; *) return ;; esac\` on its first line
             ssh h1 'sed -i '\\''1i case $- in *i*) ;; *) return ;; esac'\\'' /home/deploy/.bashrc'

h2
  wrong    link-shortener@blue.service keeps crashing: systemd has restarted it N times
             ssh h2 'journalctl -u link-shortener@blue.service -n 50 --no-pager'
  warning  ${unit} was changed by hand since the live release was deployed; the next run rewrites it
             bgdeploy unit production | ssh h2 'diff ${unit} -'

h3
  wrong    the live variant blue is DOWN: link-shortener@blue.service is inactive, and nothing serves
             ssh -t h3 'sudo systemctl start link-shortener@blue.service'
             ssh h3 'journalctl -u link-shortener@blue.service -n 50 --no-pager'
  wrong    deploy cannot write to ${app} (it belongs to root:root)
             bgdeploy setup production --as root --only h3

h4
  wrong    connection refused: no sshd is listening
             ssh -v h4

this machine: fine

6 problems, 1 warning (this machine and 4 hosts checked)
`,
  );
  assert.equal(await Promise.all(scene.hosts.map((host) => fingerprint(scene.lab, host))), before);
  faults = run;
});

test("a run that cannot tell what is live sends its user here, and so does the status", async () => {
  const { stderr } = ended(await scene.project.run("run", "production", "--only", "h1"), 2);
  assert.match(stderr, "the last recorded is blue. To diagnose: bgdeploy doctor production\n");
  const { stdout } = ended(await scene.project.run("status", "production", "--only", "h1"), 1);
  assert.match(stdout, "the last recorded is blue. To diagnose: bgdeploy doctor production\n");
});

test("the commands that it prints put the hosts right", async () => {
  await onHosts(scene, {
    h2: [
      `cat /root/unit >${unit} && systemctl daemon-reload && systemctl stop link-shortener@blue && systemctl reset-failed link-shortener@blue; systemctl start link-shortener@blue`,
    ],
    h4: ["systemctl start ssh"],
  });
  assert.equal(await typeMends(scene, faults), [
    `echo "server 127.0.0.1:8001;" >${app}/backend.conf && sudo systemctl reload nginx`,
    "sed -i '1i case $- in *i*) ;; *) return ;; esac' /home/deploy/.bashrc",
    "sudo systemctl start link-shortener@blue.service",
    "bgdeploy setup production --as root --only h3",
  ]);
  const serve = (): Promise<string> =>
    Promise.all(scene.hosts.map((host) => served(scene.lab, host))).then((all) => [...new Set(all)].join());
  assert.is(await eventually(serve, "v1 blue"), "v1 blue");
  assert.match(succeeded(await doctor()).stdout, "No problems (this machine and 4 hosts checked)\n");
});

test("a changed host key is named with the command that forgets the old one", async () => {
  await onHosts(scene, {
    h4: [
      "rm /etc/ssh/ssh_host_ed25519_key*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; systemctl restart ssh",
    ],
  });
  const { stdout } = ended(await doctor(), 1);
  const mend = `ssh-keygen -f ${scene.lab.knownHosts} -R h4`;
  assert.match(stdout, "If it was reinstalled, remove the old key\n             ssh-keygen ");
  const line = /^ {13}(ssh-keygen .*)$/m.exec(stdout)?.[1] ?? "";
  assert.is(line.replaceAll("'", ""), mend);
  assert.is((await program(["sh", "-c", line])).code, 0);
  succeeded(await doctor());
});

test("--fix shows what it would do, and without --yes does not do it where nobody can be asked", async () => {
  await onHosts(scene, {
    // A run that was killed between the switch and the end of its drain.
    h1: [
      `cd ${app} && echo green >variant && sed s/8001/8002/ environment-blue >environment-green && chown deploy:www-data environment-green && chmod 600 environment-green && ln -sfn $(readlink versions/current-blue) versions/current-green && systemctl start link-shortener@green`,
    ],
    h2: [
      "systemctl enable -q link-shortener@green; systemctl disable -q link-shortener@blue",
      `install -d -o deploy ${app}/versions/.2025_01_01T00_00_00-v9.partial`,
      `chmod 644 ${app}/environment-blue`,
    ],
  });
  const before = await Promise.all(scene.hosts.map((host) => fingerprint(scene.lab, host)));
  const { stdout, stderr } = ended(await doctor("--fix"), 2);
  assert.match(stderr, "No terminal to prompt on; pass --yes");
  assert.is(
    told({ code: 0, stdout, stderr }, scene),
    `h1
  wrong    an earlier run did not finish, v1 (blue) serves: green is still running too, and nginx may still route to it; the recorded live variant is green. The next run repairs it
             bgdeploy doctor production --fix

h2
  wrong    after a reboot green would start, but blue is live
             ssh -t h2 'sudo systemctl --no-reload enable link-shortener@blue.service'
             ssh -t h2 'sudo systemctl --no-reload disable link-shortener@green.service'
  wrong    users other than deploy can read ${app}/environment-blue (mode 644), which may contain secrets
             ssh h2 'chmod 600 ${app}/environment-blue'
  warning  an interrupted upload was left behind: .TIME-v9.partial
             ssh h2 'rm -rf ${app}/versions/.TIME-v9.partial'

this machine: fine
h3, h4: fine

3 problems, 1 warning (this machine and 4 hosts checked)

h1: will be fixed:
  make sure that nginx has its configuration
    # record that the run is past the point of no return
    # note the nginx workers
    sudo nginx -t
    sudo systemctl reload nginx
    # wait until nginx has taken the change
    # wait for the old connections
  record what is live
    # record its environment and unit
    write ${app}/variant (0644, 5 bytes)
    link ${app}/versions/current → TIME-v1
    sudo systemctl --no-reload enable link-shortener@blue.service
  stop the variant that has no traffic
    sudo systemctl stop link-shortener@green.service
h2: will be fixed:
  start the live variant at boot, and only that
    # record that the run is past the point of no return
    sudo systemctl --no-reload enable link-shortener@blue.service
    sudo systemctl --no-reload disable link-shortener@green.service
    [ "$(systemctl show -p NeedDaemonReload --value systemd-journald.service)" != yes ] || sudo -n systemctl daemon-reload
  remove uploads that were cut off
    rm -rf ${app}/versions/.TIME-v9.partial
  let only their owner read the environment files
    chmod 600 ${app}/environment-blue
`,
  );
  assert.equal(await Promise.all(scene.hosts.map((host) => fingerprint(scene.lab, host))), before);
});

test("--fix mends it under the locks, the live variants go on serving, and all is well at the second look", async () => {
  const before = await Promise.all(scene.hosts.map((host) => visit(scene.lab, host)));
  const { stdout } = succeeded(await doctor("--fix", "--yes"));
  assert.match(stdout, "\nNo problems (this machine and 4 hosts checked)\n");
  assert.equal(await Promise.all(scene.hosts.map((host) => visit(scene.lab, host))), before);
  assert.match(succeeded(await doctor()).stdout, "No problems (this machine and 4 hosts checked)\n");
  assert.is(
    await said(
      scene.lab,
      "h1",
      `cat ${app}/variant; systemctl is-active link-shortener@blue link-shortener@green || :`,
    ),
    "blue\nactive\ninactive\n",
  );
});

test("a lock by hand is a warning, and refuses --fix", async () => {
  succeeded(await scene.project.run("lock", "production", "-m", "audit until noon", "--only", "h3"));
  await onHosts(scene, { h3: ["systemctl enable -q link-shortener@green"] });
  const { stdout, stderr } = ended(await doctor("--fix", "--yes"), 4);
  assert.match(
    stdout,
    /\n {2}warning {2}locked by hand: .*: audit until noon\. All deploys are refused\n {13}bgdeploy unlock production\n/,
  );
  assert.match(stderr, /^bgdeploy: h3: locked by hand by /);
  succeeded(await scene.project.run("unlock", "production"));
  succeeded(await doctor("--fix", "--yes"));
});

test.run();
