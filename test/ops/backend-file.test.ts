import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";

const test = labSuite("a backend.conf that somebody removed");
let scene: Scene;
test.before(async () => {
  scene = await aScene("backend-file", { hosts: ["h*"] });
  for (const version of ["v1", "v2"]) succeeded(await scene.project.deploy(version));
  await onHost(`rm ${file}`);
});
test.after(() => scene.end());

const file = "/opt/link-shortener/backend.conf";
const onHost = (command: string): Promise<string> => said(scene.lab, "h1", command);

test("status does not say that nothing is live, for visitors are still served", async () => {
  const { stdout } = ended(await scene.project.run("status", "production"), 1);
  assert.match(stdout, /^h1 {4}unclear {2}/m);
  assert.match(stdout, "h1: cannot tell which variant is live: backend.conf is missing");
  assert.is(await served(scene.lab, "h1"), "v2 green");
});

test("doctor says what is missing, and not that the site does not include it", async () => {
  const { stdout } = ended(await scene.project.run("doctor", "production"), 1);
  assert.match(stdout, `${file}, which tells nginx where to send requests, is missing`);
  assert.match(stdout, `echo "server 127.0.0.1:8002;" >${file}`);
  assert.not.match(stdout, "no nginx site includes");
});

test("setup writes the variant that runs into it, not blue: a reload by anyone keeps the traffic", async () => {
  succeeded(await scene.project.run("setup", "production", "--as", "root", "--yes"));
  assert.is(await onHost(`cat ${file}; systemctl reload nginx; sleep 0.5`), "server 127.0.0.1:8002;\n");
  assert.is(await served(scene.lab, "h1"), "v2 green");
  assert.not.match(succeeded(await scene.project.run("status", "production")).stdout, /did not (end|finish)/);
  succeeded(await scene.project.deploy("v3"));
  assert.is(await served(scene.lab, "h1"), "v3 blue");
});

test("a template unit that is masked is called that, and not one of another destination", async () => {
  const unit = "/etc/systemd/system/link-shortener@.service";
  await onHost(`mv ${unit} /root/unit && ln -s /dev/null ${unit} && systemctl daemon-reload`);
  const run = ended(await scene.project.deploy("v4"), 2);
  assert.match(run.stdout + run.stderr, /link-shortener@green\.service is masked .* Unmask it: sudo systemctl unmask/);
  assert.not.match(run.stdout + run.stderr, "runs from elsewhere");
  assert.is(await served(scene.lab, "h1"), "v3 blue");
});

test.run();
