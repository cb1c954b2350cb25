import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { ancestorDeploy, prepareForAncestor, writeAncestorSite } from "../support/ancestor.ts";
import { specSudoers } from "../support/by-hand.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served, visit } from "../support/hosts.ts";
import { describeFailures, startLoad } from "../support/load.ts";
import type { Project } from "../support/project.ts";
import { aProject } from "../support/project.ts";

const test = labSuite("two apps on one host");
let scene: Scene;
let wiki: Project;
test.before(async () => {
  scene = await aScene("neighbours", { machines: 2, hosts: ["h1"] });
  succeeded(await scene.project.deploy("v1"));
  wiki = await aProject({ lab: scene.lab, name: "wiki", hosts: ["h1"], settings: own });
});
test.after(async () => {
  await wiki.remove();
  await scene.end();
});

/** The example app as another one, on the ports that every config has that names none. */
const own = `exec: { name: "link-shortener" }, envPrefix: "LINK_SHORTENER", domain: "wiki.example",
  env: { LINK_SHORTENER_DATA: "/var/lib/wiki/links.ndjson" },`;
const moved = "ports: { blue: 8011, green: 8012 }";
const unit = (app: string): string => `/etc/systemd/system/${app}@.service`;
const setUp = (): ReturnType<Project["run"]> => wiki.run("setup", "production", "--as", "root", "--yes");
const write = (project: Project, settings: string): Promise<void> => project.write({ hosts: ["h1"], settings });

/** What of an app stands on the host, and when it was changed. */
const traces = (app: string): Promise<string> =>
  said(
    scene.lab,
    "h1",
    `getent passwd ${app}; find /opt/${app} ${unit(app)} /etc/sudoers.d /etc/nginx -printf '%p %l %T@ %i\\n' 2>/dev/null | grep -v '/.bgdeploy' | sort`,
  );

const refusal = (app: string, ports = moved): string =>
  `h1: ports 8001 and 8002 belong to the app ${app} (${unit(app)}). Set others in the config: ${ports}`;

test("a second app with the same ports is refused by setup and by a run, before anything is touched", async () => {
  const before = await traces("wiki");
  assert.match(ended(await setUp(), 2).stderr, refusal("link-shortener"));
  const { stderr } = ended(await wiki.deploy("w1"), 2);
  assert.match(stderr, refusal("link-shortener"));
  assert.match(ended(await wiki.run("plan", "production", "--version", "w1"), 2).stderr, refusal("link-shortener"));
  assert.is(await traces("wiki"), before);
});

test("`deploy`, which has no config, is told the flags", async () => {
  const line = ["deploy", "-F", `-F ${scene.lab.sshConfig}`, "--exec-name", "link-shortener", "dist/", "w1", "h1"];
  const { stderr } = ended(await wiki.run(...line), 2);
  assert.match(stderr, `belong to the app link-shortener (${unit("link-shortener")}). Pass -p blue 8011 -p green 8012`);
});

test("with the ports that were named both apps deploy on", async () => {
  await write(wiki, own + moved);
  succeeded(await setUp());
  assert.match(await said(scene.lab, "h1", `tail -n 2 ${unit("wiki")}`), "[X-Bgdeploy]\nPorts=8011 8012\n");
  for (const version of ["2", "3"]) {
    succeeded(await wiki.deploy(`w${version}`));
    succeeded(await scene.project.deploy(`v${version}`));
  }
  assert.is(await served(scene.lab, "h1"), "v3 blue");
  assert.is(await said(scene.lab, "h1", asWiki), "w3 green");
});

/** `w3 green`: what the second app's site serves. */
const asWiki = `curl -s -H 'Host: wiki.example' localhost/healthz | sed -E 's/.*"version":"([^"]*)","variant":"([^"]*)".*/\\1 \\2/' | tr -d '\\n'`;

test("a clash that is there already is named by doctor, and by each app's run; rollback and restart go on while the port is free", async () => {
  succeeded(await wiki.deploy("w4"));
  // As an earlier bgdeploy did, which did not look.
  await write(wiki, own);
  await said(scene.lab, "h1", `chmod 600 ${unit("link-shortener")}`);
  succeeded(await wiki.deploy("w5"));
  await said(scene.lab, "h1", `chmod 644 ${unit("link-shortener")}`);
  assert.is(await said(scene.lab, "h1", "cat /opt/wiki/backend.conf"), "server 127.0.0.1:8002;\n");

  assert.match(ended(await scene.project.deploy("v4"), 2).stderr, refusal("wiki"));
  assert.match(
    ended(await wiki.deploy("w6"), 2).stderr,
    refusal("link-shortener", "ports: { blue: 8021, green: 8022 }"),
  );
  const { stdout } = ended(await scene.project.run("doctor", "production"), 1);
  assert.match(stdout, `wrong    ${refusal("wiki").slice("h1: ".length)}`);
  const inUse = `h1: port 8002 (needed by link-shortener@green.service) is in use by the app wiki. Set others in the config: ${moved}`;
  assert.match(ended(await scene.project.run("rollback", "production"), 2).stderr, inUse);
  assert.match(ended(await scene.project.run("restart", "production"), 2).stderr, inUse);

  await said(scene.lab, "h1", "systemctl stop wiki@green");
  assert.match(
    succeeded(await scene.project.run("restart", "production")).stdout,
    refusal("wiki").slice("h1: ".length),
  );
  succeeded(await scene.project.run("restart", "production"));
  await said(scene.lab, "h1", "systemctl start wiki@green");
  assert.is(await served(scene.lab, "h1"), "v3 blue");
});

test("what is said of such a clash works when typed: the app moves without a lost request, and the other one deploys again", async () => {
  await write(scene.project, moved);
  const address = `http://${scene.lab.hosts[0]?.address}`;
  const load = startLoad({ requests: [{ url: `${address}/healthz` }], connections: 4, pause: 5, retryClosed: true });
  try {
    succeeded(await scene.project.deploy("v4"));
  } finally {
    await load.stop();
  }
  const counts = await load.stop();
  assert.is(describeFailures(counts), "no request failed", JSON.stringify(counts.failures));
  assert.ok(counts.good > 20, `only ${counts.good} requests were answered`);
  assert.is(await said(scene.lab, "h1", "cat /opt/link-shortener/backend.conf"), "server 127.0.0.1:8012;\n");
  succeeded(await wiki.deploy("w6"));
  assert.is(await said(scene.lab, "h1", "cat /opt/wiki/backend.conf"), "server 127.0.0.1:8001;\n");
  // The release ran on other ports, and so did its unit say.
  succeeded(await scene.project.run("rollback", "production"));
  assert.is(await served(scene.lab, "h1"), "v3 blue");
  assert.match(await said(scene.lab, "h1", `tail -n 1 ${unit("link-shortener")}`), /^Ports=8011 8012$/m);
  assert.match((await scene.project.run("doctor", "production")).stdout, /No problems/);
  succeeded(await wiki.deploy("w7"));
});

test("an app on sockets has no ports that could clash", async () => {
  await write(wiki, `${own} ${moved}, listen: "socket",`);
  succeeded(await setUp());
  succeeded(await wiki.deploy("w8"));
  assert.match(await said(scene.lab, "h1", `tail -n 1 ${unit("wiki")}`), /^Ports=$/m);
  succeeded(await scene.project.deploy("v5"));
  assert.is(await said(scene.lab, "h1", asWiki), "w8 blue");
});

test("with `strict`, other ports are set up once as root, like all that the unit says", async () => {
  await write(wiki, `${own} ports: { blue: 8012, green: 8013 }, strict: true,`);
  assert.match(ended(await setUp(), 2).stderr, `h1: port 8012 belongs to the app link-shortener`);
  await write(wiki, `${own} ports: { blue: 8021, green: 8022 }, strict: true,`);
  succeeded(await setUp());
  succeeded(await wiki.deploy("w9"));
  await write(scene.project, "ports: { blue: 8022, green: 8023 }");
  assert.match(
    ended(await scene.project.deploy("v6"), 2).stderr,
    `h1: port 8022 belongs to the app wiki (${unit("wiki")})`,
  );
});

test("of an app of `raco koyo deploy` the live port is read from the file for nginx, and the usual pair assumed", async () => {
  await prepareForAncestor(scene.lab, "h2", "root", specSudoers("link-shortener", "/opt/link-shortener"));
  const dist = `${scene.project.directory}/dist`;
  await ancestorDeploy({ lab: scene.lab, host: "root-h2", dist, version: "v1" });
  await writeAncestorSite(scene.lab, "h2");
  assert.match(await visit(scene.lab, "h2"), /^200 /);
  await wiki.write({ hosts: ["h2"], settings: own });
  assert.match(ended(await setUp(), 2).stderr, refusal("link-shortener").replace("h1", "h2"));
  // Nothing that another user could put there keeps a run waiting.
  await said(scene.lab, "h2", "mkfifo /opt/link-shortener/backend.conf");
  assert.match(ended(await setUp(), 2).stderr, refusal("link-shortener").replace("h1", "h2"));
  await wiki.write({ hosts: ["h2"], settings: `${own} ${moved},` });
  succeeded(await setUp());
});

test.run();
