import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";

const test = labSuite("records that an attacker planted");
const app = "/opt/link-shortener";
const hosts = ["root-h1", "h2"];

let scene: Scene;
let ids: readonly string[] = [];
test.before(async () => {
  scene = await aScene("restore-attack", { machines: 2, hosts, setUp: false });
  await said(scene.lab, "h2", `install -d -o deploy -g www-data ${app}`);
  succeeded(await scene.project.run("setup", "production", "--as", "root", "--yes"));
  succeeded(await scene.project.deploy("v1"));
  succeeded(await scene.project.deploy("v2"));
  ids = (await said(scene.lab, "h1", `ls ${app}/versions | grep -v current`)).trim().split("\n");
});
test.after(() => scene.end());

const unit = "/etc/systemd/system/link-shortener@.service";
const evil = "touch /tmp/executed";
const as = (user: string, script: string): string => `runuser -u ${user} -- sh -ec '${script}'`;
const executed = (host: string): Promise<string> => said(scene.lab, host, "ls /tmp/executed 2>/dev/null || echo no");
const rollback = (host: string): ReturnType<Scene["project"]["run"]> =>
  scene.project.run("rollback", "production", "--only", host);

/** Nothing of the attacker's was installed or ran, and the traffic is where it was. */
async function isUnharmed(host: string, before: string): Promise<void> {
  assert.is(await executed(host), "no\n");
  assert.is(await said(scene.lab, host, `cat ${unit}`), before);
  assert.match(await served(scene.lab, host), "v2");
}

test("a recorded unit that was changed is not installed: the rollback is refused with the path and what to type, as root and as the deploy user", async () => {
  const [id = ""] = ids;
  for (const host of hosts) {
    const machine = host.replace("root-", "");
    const before = await said(scene.lab, machine, `cat ${unit}`);
    const record = `${app}/.bgdeploy/releases/${id}.service`;
    await said(
      scene.lab,
      machine,
      `cp -p ${record} /tmp/record; sed -i 's/^ExecStart=/ExecStartPre=+\\/bin\\/touch \\/tmp\\/executed\\n&/' ${record}`,
    );
    const { code, stdout } = await rollback(host);
    assert.is(code, 1, stdout);
    assert.match(stdout, `${id}.sha256 does not match the recorded environment and unit`);
    assert.match(stdout, "`bgdeploy releases` lists them");
    await isUnharmed(machine, before);
    await said(scene.lab, machine, `cp -p /tmp/record ${record}`);
  }
});

test("the app's symlink in place of a record, and a record that others can write, are not restored", async () => {
  const [id = ""] = ids;
  const record = `${app}/.bgdeploy/releases/${id}.env`;
  const changes = [
    [`mv ${record} /root/real; ln -s /root/real ${record}`, `mv -fT /root/real ${record}`, `${record} is a symlink`],
    [`chmod 666 ${record}`, `chmod 600 ${record}`, `other users may write to ${record}`],
    [`chown link-shortener ${record}`, `chown root ${record}`, `${record} belongs to link-shortener`],
  ] as const;
  for (const [change, back, why] of changes) {
    const before = await said(scene.lab, "h1", `cat ${unit}`);
    await said(scene.lab, "h1", change);
    const { code, stdout } = await rollback("root-h1");
    assert.is(code, 1, stdout);
    assert.match(stdout, why);
    await isUnharmed("h1", before);
    await said(scene.lab, "h1", back);
  }
});

test("a release without sums comes back, with a warning; one with sums without", async () => {
  await said(scene.lab, "h2", `rm ${app}/.bgdeploy/releases/${ids[0]}.sha256`);
  const { stdout } = succeeded(await rollback("h2"));
  assert.match(stdout, /warning: .*no checksums were recorded for \S+-v1, which an earlier bgdeploy deployed/);
  assert.is(await served(scene.lab, "h2"), "v1 blue");
  const other = succeeded(await rollback("root-h1"));
  assert.not.match(other.stdout, "no sums");
  assert.is(await served(scene.lab, "h1"), "v1 blue");
});

test("the app that owns its destination, as the first version left it, plants a unit with a `+` line: no rollback installs it as root", async () => {
  const before = await said(scene.lab, "h1", `cat ${unit}`);
  const [, id = ""] = ids;
  await said(
    scene.lab,
    "h1",
    `chown link-shortener:www-data ${app} ${app}/versions
sed 's/^ExecStart=/ExecStartPre=+\\/bin\\/${evil.replaceAll("/", "\\/")}\\n&/' ${unit} >/tmp/planted && chmod 644 /tmp/planted
${as("link-shortener", `cd ${app}; mv .bgdeploy away; mkdir -p .bgdeploy/releases .bgdeploy/hooks; cp /tmp/planted .bgdeploy/releases/${id}.service; cd .bgdeploy/releases; sha256sum ${id}.service >${id}.sha256; for i in ${ids.join(" ")}; do printf "{\\"id\\":\\"%s\\",\\"status\\":\\"previous\\"}\\n" $i >$i.json; done`)}`,
  );
  // A run of root takes the destination over first, and sets records aside that may be forged.
  const { stdout } = await rollback("root-h1");
  assert.match(stdout, "Its records may be forged and are set aside");
  assert.is(await executed("h1"), "no\n");
  assert.is(await said(scene.lab, "h1", `cat ${unit}`), before);
});

test.run();
