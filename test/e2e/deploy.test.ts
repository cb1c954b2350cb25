import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { quote } from "../../lib/model/shell.ts";
import { labSuite } from "../lab/suite.ts";
import type { Ended } from "../support/bgdeploy.ts";
import { bgdeployWords, program } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served, stateOf } from "../support/hosts.ts";

const test = labSuite("deploy without a config");
let scene: Scene;
let hosts: readonly string[];

/** The hosts under the spec's names: through the bastion, as root, as its ssh_config has them. */
test.before(async () => {
  scene = await aScene("deploy", { machines: 2, hosts: ["private-h*"] });
  hosts = scene.hosts;
  const names: Readonly<Record<string, string>> = {
    "target-host": "private-h1",
    "target-host-1": "private-h1",
    "target-host-2": "private-h2",
    "prod-01": "root-private-h1",
    "prod-02": "root-private-h2",
    bastion: "bastion",
  };
  const lab = readFileSync(scene.lab.sshConfig, "utf8").split(/^(?=Host )/m);
  const blocks = Object.entries(names).map(([name, alias]) =>
    (lab.find((block) => block.startsWith(`Host ${alias}\n`)) ?? "").replace(alias, name),
  );
  mkdirSync(join(scene.project.directory, "infra"));
  writeFileSync(join(scene.project.directory, "infra/ssh_config"), blocks.join("\n"));
  writeFileSync(join(scene.project.directory, "deploy.config.ts"), 'throw new Error("this config was read");\n');
});
test.after(() => scene.end());

/** The app under another name, which shows the arguments that it was started with. */
const tellsArguments = `#!/bin/sh
app=$(dirname "$0")/link-shortener
[ "$1" = -c ] && exec "$app" "$@"
printf '<%s>' "$@"
exec "$app"
`;

/** Types a text of the spec into bash, where `raco koyo …` is this program. */
async function type(text: string, version: string): Promise<Ended> {
  await scene.project.build(version);
  writeFileSync(join(scene.project.directory, "dist/bin/tells-arguments"), tellsArguments, { mode: 0o755 });
  const raco = `raco() { shift; ${bgdeployWords.map((word) => quote(word)).join(" ")} "$@"; }`;
  return program(["bash", "-c", `${raco}\n${text.replaceAll(/^ *\$ /gm, "")}`], { cwd: scene.project.directory });
}

const everywhere = (host: string): Promise<string> => served(scene.lab, host);
// Where the spec leaves the names to ssh's own config.
const names = "-F infra/ssh_config";

test("the first line of the spec: two hosts, the app called as the directory", async () => {
  succeeded(await type(`$ raco koyo deploy ${names} dist/ v1.0 target-host-1 target-host-2`, "v1.0"));
  assert.equal(await Promise.all(hosts.map(everywhere)), ["v1.0 blue", "v1.0 blue"]);
  const { links, variant, backend } = await stateOf(scene.lab, "h1");
  assert.match(links["current"] ?? "", /^\d{4}_\d\d_\d\dT\d\d_\d\d_\d\d-v1\.0$/);
  assert.equal([links["blue"], variant, backend], [links["current"], "blue", "server 127.0.0.1:8001;"]);
});

test("the spec's line with variables", async () => {
  const line = String.raw`$ raco koyo deploy \
    -e LINK_SHORTENER_DEBUG false \
    -e LINK_SHORTENER_URL_HOST link-shortener.example \
    ${names} \
    dist v1.0 target-host`;
  succeeded(await type(line, "v1.0"));
  const environment = await said(scene.lab, "h1", "cat /opt/link-shortener/environment-green");
  assert.is(
    environment,
    `HOST="127.0.0.1"
PORT="8002"
PLTUSERHOME="/opt/link-shortener"
LINK_SHORTENER_HTTP_HOST="127.0.0.1"
LINK_SHORTENER_HTTP_PORT="8002"
LINK_SHORTENER_VARIANT="green"
LINK_SHORTENER_DEBUG="false"
LINK_SHORTENER_URL_HOST="link-shortener.example"
`,
  );
});

test("the spec's line with ports", async () => {
  const line = String.raw`$ raco koyo deploy \
    -p blue 8000 \
    -p green 9000 \
    ${names} \
    dist v1.0 target-host`;
  succeeded(await type(line, "v1.0"));
  assert.is((await stateOf(scene.lab, "h1")).backend, "server 127.0.0.1:8000;");
  assert.is(await served(scene.lab, "h1"), "v1.0 blue");
});

test("the spec's line with ssh flags: as root, behind a bastion", async () => {
  const line = String.raw`$ raco koyo deploy \
    --ssh-flags '-F infra/ssh_config' \
    dist v1.0 prod-01 prod-02`;
  const { stdout } = succeeded(await type(line, "v1.0"));
  assert.match(stdout, "v1.0 is live on prod-01, prod-02.");
  assert.match(stdout, "warning: the service runs without a sandbox, as with raco koyo deploy");
  assert.match(stdout, "To roll back: bgdeploy init --from '<this command line>', then bgdeploy rollback production");
});

test("health check, scripts, arguments and another name; and each run can be shown before", async () => {
  const { directory } = scene.project;
  writeFileSync(join(directory, "tell.sh"), "echo told $1 $2\n");
  const line = `raco koyo deploy ${names} --health-check --pre-script tell.sh --post-script ./tell.sh \\
    --exec-name tells-arguments --exec-flags '--workers 4 "--title=a b" --slot=%i --port=\${PORT}' dist/ 007 prod-01`;
  const before = await stateOf(scene.lab, "h1");
  const shown = succeeded(await type(`${line} --dry-run`, "007"));
  assert.match(shown.stdout, "tell.sh");
  assert.equal(await stateOf(scene.lab, "h1"), before);
  const { code, stdout } = await type(line, "007");
  assert.is(code, 0, stdout);
  assert.is(stdout.match(/\| told (blue green|green blue)$/gm)?.length, 2);
  const told = await said(scene.lab, "h1", "journalctl -q -u 'link-shortener@*' -o cat | grep '^<'");
  assert.match(told, /^<--workers><4><--title=a b><--slot=(blue><--port=8001|green><--port=8002)>/);
});

test("a failed health check ends the deploy, and says what to type without a config", async () => {
  const before = await stateOf(scene.lab, "h2");
  const { stdout } = ended(
    await type(`raco koyo deploy ${names} --health-check -e LINK_SHORTENER_UNHEALTHY true dist v9 prod-02`, "v9"),
    1,
  );
  assert.not.match(stdout, "bgdeploy run");
  assert.equal(await stateOf(scene.lab, "h2"), before);
});

test.run();
