import * as assert from "uvu/assert";
import { parseEnvironmentFile } from "../../lib/model/environment-file.ts";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said } from "../support/hosts.ts";

const test = labSuite("an environment file of the attacker's");
const app = "/opt/link-shortener";
const hooked = `pre: hook("look", async ({ $ }) => { await $\`printf '%s\\\\n' "label=$LINK_SHORTENER_VERSION_LABEL" "stolen=\${"$"}{STOLEN-}"\`; }),
  env: { LINK_SHORTENER_DATA: "/var/lib/link-shortener/links.ndjson", LINK_SHORTENER_VERSION_LABEL: "it's \\"mine\\" $(id) \`id\` \\\\ *" },`;

let scene: Scene;
test.before(async () => {
  scene = await aScene("environment-attack", { machines: 2, hosts: ["root-h1", "h2"], setUp: false });
  await scene.lab.exec("h2", "install -d -o deploy -g www-data /opt/link-shortener");
  succeeded(await scene.project.run("setup", "production", "--as", "root", "--yes"));
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

/** The layout of the first version: the app owns its destination; it puts a file of its own in place of its environment. */
const plant = (host: string, variant: string): Promise<string> =>
  said(
    scene.lab,
    host,
    `chown link-shortener ${app}
runuser -u link-shortener -- sh -c 'cd ${app} && mv environment-${variant} was-${variant} && cat >environment-${variant}' <<'END'
X=$(touch /tmp/executed)
Y=\`touch /tmp/executed\`
STOLEN=yes
END
chmod 644 ${app}/environment-${variant}`,
  );
const executed = (host: string): Promise<string> => said(scene.lab, host, "ls /tmp/executed 2>/dev/null || echo no");
const putBack = (host: string, variant: string): Promise<string> =>
  said(
    scene.lab,
    host,
    `cd ${app} && { [ ! -e was-${variant} ] || mv was-${variant} environment-${variant}; }; chown root ${app}`,
  );

test("the app has nothing executed by root's `bgdeploy ssh`, which says which path it does not trust", async () => {
  await plant("h1", "blue");
  const { stderr, stdout } = await scene.project.run("ssh", "production", "root-h1");
  assert.is(await executed("h1"), "no\n");
  assert.match(
    `${stdout}${stderr}`,
    `${app}/environment-blue belongs to link-shortener: this shell goes on without it`,
  );
  await putBack("h1", "blue");
});

test("the app has nothing executed by root's hooks, and gives them no variable", async () => {
  await said(scene.lab, "h1", `[ -e ${app}/environment-green ] || install -m 600 /dev/null ${app}/environment-green`);
  await plant("h1", "green");
  await scene.project.write({
    hosts: ["root-h1"],
    // The hook comes before the environment is written anew: what lies there is the attacker's.
    settings: hooked.replace(/^pre: /, "tasks: [hooks.pre(").replace(" }),\n", " })), ...deploy()],\n"),
  });
  const { stdout } = await scene.project.deploy("v2", "--plain");
  assert.is(await executed("h1"), "no\n");
  assert.not.match(stdout, "stolen=yes");
  await putBack("h1", "green");
});

test("hooks get the environment of the run, whatever it holds, as root and as the deploy user", async () => {
  await scene.project.write({ hosts: ["root-h1", "h2"], settings: hooked });
  const { stdout } = succeeded(await scene.project.deploy("v3", "--plain"));
  const lines = stdout.split("\n").filter((line) => line.includes("label="));
  assert.is(lines.length, 2, stdout);
  for (const line of lines) assert.ok(line.endsWith(`label=it's "mine" $(id) \`id\` \\ *`), line);
});

test("`bgdeploy ssh` does not refuse the environment that root or the deploy user wrote", async () => {
  for (const host of ["root-h1", "h2"]) {
    const { stderr } = await scene.project.run("ssh", "production", host);
    assert.not.match(stderr, "goes on without", host);
  }
});

test("the parser reads what systemd reads: names, quotes, escapes and lines of any mixture", async () => {
  const signs = ["A=", "B=", "\n", "\n", "\r", " ", "\t", '"', '"', "'", "\\", "\\", "$", "`", ";", "=", "x", "yz"];
  let seed = 11;
  const next = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648);
  const mixed = Array.from({ length: 60 }, () => {
    const parts = Array.from({ length: 20 }, () => signs[Math.floor(next() / 65_536) % signs.length]);
    return `A=${parts.join("")}`;
  });
  const texts = ['1BAD="x\nINNER=1"\nA=2', "A=1\rB=2", 'A="x\\', "  A  = 1", '=D="z\nE=4"\nF=5', ...mixed];
  const script = `cd /var/tmp; while IFS= read -r line; do printf %s "$line" | base64 -d >environment
systemd-run -q --wait --pipe -p EnvironmentFile=/var/tmp/environment env -0 </dev/null 2>/dev/null | base64 -w0; echo; done`;
  const input = texts.map((text) => `${Buffer.from(text).toString("base64")}\n`).join("");
  const { stdout } = await scene.lab.exec("h1", script, input);
  const answers = stdout.split("\n").map((line) => Buffer.from(line, "base64").toString().split("\0"));
  for (const [index, text] of texts.entries()) {
    const read = answers[index]?.filter((entry) => /^[A-FINRxyz]+=/.test(entry)) ?? [];
    const parsed = [...parseEnvironmentFile(text)].map(([name, value]) => `${name}=${value}`);
    assert.equal(read.toSorted(), parsed.toSorted(), JSON.stringify(text));
  }
});

test.run();
