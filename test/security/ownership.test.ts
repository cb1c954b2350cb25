import * as assert from "uvu/assert";
import { quote } from "../../lib/model/shell.ts";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import { describeFailures, startLoad } from "../support/load.ts";

/** Root deploys to h1, as it did while the app owned its destination; `deploy` deploys to h2. */
const test = labSuite("ownership");
const home = "/opt/link-shortener";
const state = `${home}/.bgdeploy`;
const [root, plain] = [["root-h1"], ["private-h2"]];
let scene: Scene;
test.before(async () => {
  scene = await aScene("ownership", { machines: 2, hosts: root, setUp: false });
  succeeded(await scene.project.run("setup", "production", "--yes"));
  for (const version of ["v1", "v2"]) succeeded(await scene.project.deploy(version));
  await scene.project.write({ hosts: plain });
  succeeded(await scene.project.run("setup", "production", "--as", "root", "--yes"));
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

/** What the app does on h1 once it was taken over. */
function app(command: string): Promise<string> {
  return said(scene.lab, "h1", `runuser -u link-shortener -- sh -euc ${quote(command)}`);
}

/** As an earlier version left it where root deployed. */
async function ownedByApp(): Promise<void> {
  await said(
    scene.lab,
    "h1",
    `chown link-shortener:www-data ${home} && chown -hR link-shortener:www-data ${home}/versions && rm -f /root/pwned`,
  );
  await scene.project.write({ hosts: root });
}

/** But for a state that was set aside, which nobody reads. */
const foreign = `find ${home} -path '${state}.*' -prune -o ! -user root -print`;

test("the app can write nowhere where root deploys: not its release, its state, its environment or its destination", async () => {
  const tries = [
    `mv ${state} ${home}/x`,
    `touch ${home}/x`,
    `rm ${home}/environment-green`,
    `ln -s /etc/shadow ${home}/environment-green`,
    `touch ${home}/versions/x`,
    `echo >>${home}/versions/current/VERSION`,
    `cat ${home}/environment-green`,
    `ls ${state}`,
  ];
  const done: string[] = [];
  for (const each of tries)
    if ((await scene.lab.exec("h1", `runuser -u link-shortener -- sh -c ${quote(each)}`)).code === 0) done.push(each);
  assert.equal(done, []);
  assert.is(await said(scene.lab, "h1", foreign), "");
});

test("a unit that the app planted for an earlier release is not run as root by a rollback", async () => {
  await ownedByApp();
  const [old] = (await said(scene.lab, "h1", `ls ${home}/versions | grep -m 1 -e -v1`)).split("\n");
  await app(`mv ${state} ${home}/aside; mkdir -p -m 700 ${state}/releases ${state}/hooks; cd ${state}/releases
printf '{"id":"%s","status":"previous"}\\n' ${old} >${old}.json
sed 's|^ExecStart=|ExecStartPre=+/usr/bin/touch /root/pwned\\nExecStart=|' /etc/systemd/system/link-shortener@.service >${old}.service
echo 'HOST="127.0.0.1"' >${old}.env`);
  const { stdout, stderr } = await scene.project.run("rollback", "production");
  assert.is(
    await said(
      scene.lab,
      "h1",
      "ls /root/pwned /etc/systemd/system/*.d 2>/dev/null || grep -c ExecStartPre /etc/systemd/system/link-shortener@.service || :",
    ),
    "0\n",
    stdout + stderr,
  );
});

test("a destination in which the app keeps files of its own is not taken from it while it serves", async () => {
  await ownedByApp();
  await app(`touch ${home}/clicks.sqlite`);
  const { stderr } = ended(await scene.project.deploy("v3"), 2);
  assert.match(
    stderr,
    `${home} belongs to the app's user link-shortener, who has files of its own there (clicks.sqlite)`,
  );
  assert.is(await said(scene.lab, "h1", `stat -c %U ${home}; rm ${home}/clicks.sqlite`), "link-shortener\n");
});

test("root takes over what the app owned, without a lost request, and says so", async () => {
  await ownedByApp();
  await said(scene.lab, "h1", `[ ! -d ${home}/aside ] || { rm -rf ${state} && mv ${home}/aside ${state}; }`);
  const address = `http://${scene.lab.hosts.find(({ name }) => name === "h1")?.address}`;
  const load = startLoad({
    requests: [{ url: `${address}/healthz` }],
    connections: 8,
    pause: 5,
    retryClosed: true,
  });
  const run = await scene.project.deploy("v3");
  const counts = await load.stop();
  succeeded(run);
  assert.is(describeFailures(counts), "no request failed", JSON.stringify(counts.failures));
  assert.match(
    run.stdout,
    `warning: ${home} belonged to link-shortener: from this run on root owns it and its releases`,
  );
  assert.match(await served(scene.lab, "h1"), /^v3 /);
  assert.is(await said(scene.lab, "h1", foreign), "");
  assert.is(
    await said(scene.lab, "h1", `find ${home}/versions/*-v3 -type f -links +1`),
    "",
    "it shares no file that the app may hold open",
  );
});

test("root writes through no link that the app put in the place of its state, its lock or its list of backends", async () => {
  await ownedByApp();
  await said(scene.lab, "h1", "echo mine >/srv/victim && chmod 600 /srv/victim");
  await app(`mv ${state} ${home}/aside; mkdir -p -m 700 ${state}/releases ${state}/hooks
ln -s /srv/victim ${state}/lock.json; ln -s /srv/victim ${state}/journal.ndjson; ln -s /srv/victim ${state}/reserve`);
  const { stdout, stderr } = await scene.project.deploy("v4");
  assert.is(await said(scene.lab, "h1", "cat /srv/victim"), "mine\n", stdout + stderr);
  await ownedByApp();
  await said(scene.lab, "h1", `rm -rf ${home}/aside`);
  await app(`mv ${home}/backend.conf ${home}/b; ln -s /srv/victim ${home}/backend.conf`);
  await scene.project.deploy("v5");
  assert.is(await said(scene.lab, "h1", "cat /srv/victim"), "mine\n");
  await said(scene.lab, "h1", `mv -fT ${home}/b ${home}/backend.conf`);
});

test("a pipe that the app put in the place of a file does not hold a run of root's, which names it", async () => {
  for (const name of ["environment-blue", "environment-green", "variant", "backend.conf"]) {
    await ownedByApp();
    await app(`cd ${home}; mv ${name} was; mkfifo ${name}`);
    const began = performance.now();
    const { code, stderr } = await scene.project.deploy("v6");
    await scene.project.run("doctor", "production");
    await said(scene.lab, "h1", `cd ${home}; mv -fT was ${name}`);
    assert.not.equal(code, 0);
    assert.match(stderr, `${home}/${name} is`);
    assert.ok(performance.now() - began < 50_000, `${name}: ${performance.now() - began} ms`);
  }
});

test("an environment that the app made a link to another app's secrets is refused by its path, before systemd reads it", async () => {
  succeeded(await scene.project.deploy("v6"));
  await ownedByApp();
  await said(scene.lab, "h1", "echo SECRET=other >/srv/victim && chmod 600 /srv/victim");
  for (const variant of ["blue", "green"]) await app(`ln -sf /srv/victim ${home}/environment-${variant}`);
  const { stderr } = ended(await scene.project.deploy("v7"), 2);
  assert.match(stderr, /root-h1: \/opt\/link-shortener\/environment-\w+ is a symbolic link/);
  const read = await said(
    scene.lab,
    "h1",
    "for p in $(pgrep -u link-shortener); do tr '\\0' '\\n' </proc/$p/environ; done | grep -c SECRET=other || :",
  );
  assert.is(read, "0\n");
});

test("setup gives away nothing through a link that a deploy user put in the place of a directory", async () => {
  await scene.project.write({ hosts: plain });
  await said(
    scene.lab,
    "h2",
    `runuser -u deploy -- sh -euc ${quote(`cd ${home}; mv .bgdeploy s; mv versions v; ln -s /etc/systemd/system versions`)}`,
  );
  ended(await scene.project.run("setup", "production", "--as", "root", "--yes"), 1);
  await said(
    scene.lab,
    "h2",
    `runuser -u deploy -- sh -euc ${quote(`cd ${home}; rm versions; mv v versions; ln -s /etc/sudoers.d .bgdeploy`)} || { cd ${home}; rm versions; mv v versions; ln -s /etc/sudoers.d .bgdeploy; chown -h deploy . .bgdeploy; }`,
  );
  ended(await scene.project.run("setup", "production", "--as", "root", "--yes"), 1);
  assert.is(await said(scene.lab, "h2", "stat -c '%U %a' /etc/systemd/system /etc/sudoers.d"), "root 755\nroot 755\n");
  await said(scene.lab, "h2", `cd ${home}; rm .bgdeploy; mv s .bgdeploy; chown deploy:www-data .`);
});

test("setup writes no file through a link that a deploy user put in the place of backend.conf", async () => {
  await said(
    scene.lab,
    "h2",
    `runuser -u deploy -- sh -euc ${quote(`cd ${home}; mv backend.conf b; mv backends.conf bs; ln -s /etc/cron.d/pwned backend.conf`)}`,
  );
  await scene.project.run("setup", "production", "--as", "root", "--yes");
  assert.is(await said(scene.lab, "h2", "ls /etc/cron.d/pwned 2>/dev/null || :"), "");
  await said(scene.lab, "h2", `cd ${home}; mv -fT b backend.conf; mv -fT bs backends.conf`);
});

test("a pipe of another user in the place of a file does not hold setup, which names it", async () => {
  for (const name of ["environment-blue", "backend.conf"]) {
    await said(scene.lab, "h2", `cd ${home}; mv ${name} was; mkfifo ${name}; chown nobody ${name}`);
    const began = performance.now();
    const { code, stdout, stderr } = await scene.project.run("setup", "production", "--as", "root", "--yes");
    await said(scene.lab, "h2", `cd ${home}; mv -fT was ${name}; chown -hR deploy:www-data .`);
    assert.not.equal(code, 0);
    assert.match(`${stdout}${stderr}`, `${home}/${name} is`);
    assert.ok(performance.now() - began < 50_000, `${name}: ${performance.now() - began} ms`);
  }
});

test("an app cannot take the name of a unit of the system, which its own would replace", async () => {
  await scene.project.write({ hosts: ["root-h2"], settings: `app: "getty", exec: { name: "link-shortener" },` });
  for (const verb of ["setup", "run"]) {
    const { stderr } = ended(
      await scene.project.run(verb, "production", ...(verb === "run" ? ["--version", "v8"] : ["--yes"])),
      2,
    );
    assert.match(stderr, "root-h2: the system has a unit of this name, /usr/lib/systemd/system/getty@.service");
  }
  // The lab has it masked.
  assert.is(
    await said(scene.lab, "h2", "readlink /etc/systemd/system/getty@.service; ls -d /opt/getty 2>&1 || :"),
    "/dev/null\nls: cannot access '/opt/getty': No such file or directory\n",
  );
});

test("a service that would run as whoever deploys is refused, unless the config accepts it by name", async () => {
  await scene.project.write({ hosts: plain, settings: `exec: { user: "deploy" },` });
  const { stderr } = ended(await scene.project.deploy("v8"), 2);
  assert.match(
    stderr,
    "the app would run as deploy, the deploy user: an attacker who takes it over could use the sudo rules of deploy",
  );
  assert.match(await served(scene.lab, "h2"), /^v1 /);
  const setUp = ended(await scene.project.run("setup", "production", "--as", "root", "--yes"), 2);
  assert.match(setUp.stderr, "the app would run as deploy, the deploy user");
  await scene.project.write({ hosts: plain, settings: `exec: { user: "deploy" }, appCanActAsDeployer: true,` });
  const given = ended(await scene.project.run("plan", "production", "--version", "v8"), 2);
  assert.match(given.stderr, "/var/lib/link-shortener belongs to link-shortener, and systemd would give it to deploy");
  await scene.project.write({
    hosts: plain,
    settings: `exec: { user: "deploy" }, appCanActAsDeployer: true, state: false,`,
  });
  succeeded(await scene.project.run("plan", "production", "--version", "v8"));
});

test("what root deployed can be handed over to a deployer without root, and deployed to", async () => {
  await said(scene.lab, "h2", `chown -R root:root ${home}`);
  await scene.project.write({ hosts: plain });
  const { stderr } = ended(await scene.project.deploy("v9"), 2);
  assert.match(stderr, `bgdeploy setup production --as root`);
  succeeded(await scene.project.run("setup", "production", "--as", "root", "--yes"));
  succeeded(await scene.project.deploy("v9"));
  assert.match(await served(scene.lab, "h2"), /^v9 /);
});

test.run();
