import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";

const test = labSuite("a release that was changed on a host");
const hosts = ["h1", "root-h2", "h3", "root-h4"];
const app = "/opt/link-shortener";
const late = ["--except", "h3", "--except", "root-h4"];

let scene: Scene;
let id = "";
test.before(async () => {
  scene = await aScene("join-attack", { machines: 4, hosts });
  succeeded(await scene.project.deploy("v1", ...late));
  id = (await said(scene.lab, "h1", `readlink ${app}/versions/current`)).trim();
});
test.after(() => scene.end());

const join = (host: string, ...words: readonly string[]): ReturnType<Scene["project"]["run"]> =>
  scene.project.run(
    "run",
    "production",
    ...hosts
      .slice(2)
      .filter((each) => each !== host)
      .flatMap((each) => ["--except", each]),
    "--join",
    host,
    ...words,
  );
const record = (machine: string): Promise<string> =>
  said(scene.lab, machine, `cat ${app}/.bgdeploy/releases/${id}.tree`);

test("all hosts record one sum of what was released to them", async () => {
  assert.match(await record("h1"), /^[0-9a-f]{64}\n$/);
  assert.is(await record("h2"), await record("h1"));
});

test("a program that an attacker has put into the release of one host reaches no other one: the join is refused", async () => {
  const program = `${app}/versions/${id}/VERSION`;
  const before = await said(scene.lab, "h1", `cat ${program}`);
  await said(scene.lab, "h1", `echo evil >>${program}`);
  const { stderr } = ended(await join("h3"), 2);
  assert.match(
    stderr,
    new RegExp(
      `h1: the files of ${id} differ from what was released: .*h1 has recorded [0-9a-f]{12}…, root-h2 has recorded`,
    ),
  );
  assert.match(stderr, "bgdeploy run production");
  // Nor where the attacker could change the record, too: the other hosts have theirs.
  const sum = await record("h1");
  await said(scene.lab, "h1", `rm ${app}/.bgdeploy/releases/${id}.tree`);
  assert.match(ended(await join("h3"), 2).stderr, "root-h2 has recorded");
  await said(
    scene.lab,
    "h1",
    `printf %s '${before}' >${program}; echo ${sum.trim()} >${app}/.bgdeploy/releases/${id}.tree; chown deploy ${app}/.bgdeploy/releases/${id}.tree`,
  );
  assert.is(await said(scene.lab, "h3", `ls ${app}/versions`), "");
});

test("a record that others can write is worth nothing", async () => {
  await said(scene.lab, "h2", `chmod 666 ${app}/.bgdeploy/releases/${id}.tree`);
  const { stderr } = ended(await join("h3"), 2);
  assert.match(stderr, `root-h2: other users may write to ${app}/.bgdeploy/releases/${id}.tree`);
  await said(scene.lab, "h2", `chmod 600 ${app}/.bgdeploy/releases/${id}.tree`);
});

test("an unchanged release joins without a word, and is recorded there; one without a record with a warning", async () => {
  const { stdout } = succeeded(await join("root-h4"));
  assert.not.match(stdout, "no checksum was recorded");
  assert.is(await record("h4"), await record("h1"));
  assert.match(await served(scene.lab, "h4"), "v1");
  await said(scene.lab, "h1", `rm ${app}/.bgdeploy/releases/*.tree`);
  await said(scene.lab, "h2", `rm ${app}/.bgdeploy/releases/*.tree`);
  const without = succeeded(await join("h3"));
  assert.match(without.stdout, `warning: no checksum was recorded for the files of ${id}`);
  assert.match(await served(scene.lab, "h3"), "v1");
});

test.run();
