import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served, stateOf } from "../support/hosts.ts";

/** What is there, but not for the deploy user, must not count as absent. */
const test = labSuite("what the deploy user cannot read");
const home = "/opt/link-shortener";
const unit = "/etc/systemd/system/link-shortener@.service";
let scene: Scene;
test.before(async () => {
  scene = await aScene("unread", { hosts: ["h*"] });
  for (const version of ["v1", "v2"]) succeeded(await scene.project.deploy(version));
  await onHost(`cp -a ${home} /root/home; cp -a ${unit} /root/unit`);
});
test.after.each(async () => void (await onHost(`rm -rf ${home}; cp -a /root/home ${home}; cp -a /root/unit ${unit}`)));
test.after(() => scene.end());

const onHost = (command: string): Promise<string> => said(scene.lab, "h1", command);
const hide = (path: string): Promise<string> =>
  onHost(`for f in ${path}; do chown root $f; chmod go-rwx $f; done; find ${home} -newer /root/unit -ls >/dev/null`);

async function text(code: number, ...words: readonly string[]): Promise<string> {
  const { stdout, stderr } = ended(await scene.project.run(...words), code);
  return stdout + stderr;
}

const cases: readonly (readonly [string, string, (readonly string[])?])[] = [
  ["the recorded variant", `${home}/variant`],
  ["the file that nginx includes", `${home}/backend.conf`],
  ["the unit", unit],
  ["the environments", `${home}/environment-blue ${home}/environment-green`],
  ["what is recorded of releases", `${home}/.bgdeploy/releases/*.json`],
  ["the directory of the records", `${home}/.bgdeploy/releases`],
];

for (const [what, path] of cases) {
  test(`${what}: every command names it, and a run touches nothing`, async () => {
    await hide(path);
    const [first = ""] = (await onHost(`ls -d ${path}`)).split("\n");
    const before = await stateOf(scene.lab, "h1");
    const cannot = `deploy cannot read ${first}`;
    assert.match(await text(1, "status", "production"), cannot);
    assert.match(await text(2, "run", "production", "--version", "v3"), cannot);
    assert.match(await text(2, "rollback", "production"), cannot);
    assert.match(await text(2, "prune", "production", "--keep", "1", "--yes"), cannot);
    const doctor = await text(1, "doctor", "production");
    assert.match(doctor, /deploy cannot read (or replace )?/);
    assert.match(doctor, first.startsWith(`${home}/.bgdeploy`) ? `${home}/.bgdeploy` : first);
    for (const all of [doctor, await text(1, "status", "production")])
      assert.not.match(all, /did not (end|finish)|interrupted|there is no|nothing was deployed/);
    assert.equal(await stateOf(scene.lab, "h1"), before);
    assert.is(await served(scene.lab, "h1"), "v2 green");
  });
}

test("the destination itself, or what leads there: nothing is said to be absent", async () => {
  for (const [path, mode] of [
    [home, "700"],
    ["/opt", "700"],
  ] as const) {
    await onHost(`chown root ${path}; chmod ${mode} ${path}`);
    for (const command of ["status", "releases"])
      assert.match(await text(2, command, "production"), `h1: deploy cannot read ${path}`);
    assert.match(await text(2, "run", "production", "--version", "v3"), `deploy cannot read ${path}`);
    assert.match(await text(1, "doctor", "production"), `deploy cannot read ${path}`);
    await onHost(`chmod 755 ${path}`);
  }
});

test.run();
