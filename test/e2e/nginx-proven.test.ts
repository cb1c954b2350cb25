import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { type Scene, aScene, ended, succeeded } from "../support/e2e.ts";
import { said } from "../support/hosts.ts";

const test = labSuite("nginx proven");
let scene: Scene;
const site = "/etc/nginx/sites-enabled/other.conf";

test.before(async () => {
  scene = await aScene("proven");
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

/** How often a run that changes nothing has nginx test its files, after root has done something. */
async function testsAfter(deed: string): Promise<number> {
  const count = "journalctl --sync; journalctl -q -t sudo -o cat | grep -c 'COMMAND=.*nginx -t$'";
  const { lab, project } = scene;
  const before = Number(await said(lab, "h1", `{ ${deed}; } >/dev/null && ${count}`));
  succeeded(await project.run("run", "production", "--dry-run", "--version", "v9"));
  return Number(await said(lab, "h1", count)) - before;
}

test("nginx tests its files only where one of them was written since it took them", async () => {
  const { project } = scene;
  assert.is(await testsAfter(":"), 0);
  assert.is(await testsAfter("echo '# a comment' >>/etc/nginx/nginx.conf"), 1);
  assert.is(await testsAfter(":"), 1);

  succeeded(await project.deploy("v2"));
  assert.is(await testsAfter(":"), 0);
  assert.is(await testsAfter(`mkdir -p /etc/nginx/a; echo '# a' >/etc/nginx/a/b; ln -s ../a/b ${site}`), 1);
  succeeded(await project.deploy("v3"));
  assert.is(await testsAfter("rm /opt/link-shortener/.bgdeploy/proven"), 1);
});

test("what is broken where a link leads is found before anything is touched", async () => {
  succeeded(await scene.project.deploy("v4"));
  await said(scene.lab, "h1", "sleep 0.05; echo 'lisen;' >/etc/nginx/a/b");
  const run = ended(await scene.project.deploy("v5"), 2);
  assert.match(run.stderr, /nginx's configuration is already broken; nothing was changed/);
});

test("a switch that nginx refuses proves nothing", async () => {
  const { lab, project } = scene;
  await said(lab, "h1", `rm ${site}`);
  succeeded(await project.deploy("v6"));
  // It passes nginx's own test, and is found at the reload only.
  await said(lab, "h1", `echo 'server { listen 22; }' >${site}`);
  ended(await project.deploy("v7"), 1);
  assert.is(await testsAfter(":"), 1);
});

test.run();
