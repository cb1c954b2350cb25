import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { whole } from "../releases/support/host.ts";
import type { Ended } from "../support/bgdeploy.ts";
import { bgdeploy } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said } from "../support/hosts.ts";

const old = "the-old-password";
const fresh = "the-new-password";
const hosts = ["h*"];
const settingsOf = (env: string): string => `
  secrets: ["DB_PASSWORD"],
  env: { ...example.env, ${env} },`;

const test = labSuite("env");
let scene: Scene;
test.before(async () => {
  const settings = settingsOf(`FLAVOUR: "one two", GONE: "a value that was", HOOK_TOKEN: "tok-1"`);
  scene = await aScene("env", { machines: 2, hosts, settings, env: { DB_PASSWORD: old } });
});
test.after(() => scene.end());

/** What it said, without any value of the secret, which is proven here. */
async function env(password: string | undefined, ...flags: readonly string[]): Promise<Ended> {
  const words = ["env", "production", ...flags];
  const variables = password === undefined ? {} : { DB_PASSWORD: password };
  const run = await bgdeploy(words, { cwd: scene.project.directory, env: variables });
  for (const value of [old, fresh]) assert.not.ok(`${run.stdout}${run.stderr}`.includes(value), "a secret is shown");
  return run;
}
const own = (sign: string, variant: string, port: string): string =>
  [
    "HOST=127.0.0.1",
    `PORT=${port}`,
    "PLTUSERHOME=/opt/link-shortener",
    "LINK_SHORTENER_HTTP_HOST=127.0.0.1",
    `LINK_SHORTENER_HTTP_PORT=${port}`,
    `LINK_SHORTENER_VARIANT=${variant}`,
    "LINK_SHORTENER_DATA=/var/lib/link-shortener/links.ndjson",
  ]
    .map((line) => `  ${sign} ${line}`)
    .join("\n");

test("before the first deploy: what it would write", async () => {
  assert.is(
    succeeded(await env(old)).stdout,
    `h1, h2: nothing is live there; the next deploy writes
${own("+", "blue", "8001")}
  + FLAVOUR="one two"
  + GONE="a value that was"
  + HOOK_TOKEN=[hidden]
  + DB_PASSWORD=[secret]

[hidden]: looks secret; --show prints it
To apply it: bgdeploy run production
`,
  );
});

test("after a deploy nothing differs, and nothing is changed by looking", async () => {
  succeeded(await scene.project.deploy("v1"));
  const before = await whole(scene.lab, "h1");
  const { stdout } = succeeded(await env(old, "--diff"));
  assert.is(
    stdout,
    "h1, h2: the next deploy writes, compared with v1 (blue)\n\nThe live release already has this environment.\n",
  );
  assert.match(succeeded(await env(old)).stdout, own(" ", "green", "8002"));
  assert.is(await whole(scene.lab, "h1"), before);
});

test("--diff: what changed, came and went; of a secret, that it changed; and the command that applies it", async () => {
  await scene.project.write({ hosts, settings: settingsOf(`FLAVOUR: "three", NEW: "4", HOOK_TOKEN: "tok-2"`) });
  assert.is(
    succeeded(await env(fresh, "--diff", "--only", "h1")).stdout,
    `h1: the next deploy writes, compared with v1 (blue)
  ~ FLAVOUR: "one two" → three
  + NEW=4
  ~ HOOK_TOKEN: changed [hidden]
  ~ DB_PASSWORD: changed [secret]
  - GONE

[hidden]: looks secret; --show prints it
To apply it: bgdeploy restart production --only h1
`,
  );
  const { stdout } = succeeded(await env(fresh, "--diff", "--show"));
  assert.match(
    stdout,
    '  ~ HOOK_TOKEN: tok-1 → tok-2\n  ~ DB_PASSWORD: changed [secret]\n  - GONE="a value that was"\n',
  );
});

test("a secret that is not set here is not compared", async () => {
  const { stdout } = succeeded(await env(undefined));
  assert.match(stdout, "    DB_PASSWORD=[secret] (not set on this machine: not compared)\n");
});

test("hosts that differ stand apart; a file that may not be read is a sentence, and exit 1", async () => {
  const path = "/opt/link-shortener/environment-blue";
  await said(scene.lab, "h2", `chown root ${path}`);
  const { stdout } = ended(await env(fresh, "--diff"), 1);
  assert.match(stdout, "h1: the next deploy writes, compared with v1 (blue)\n  ~ FLAVOUR");
  assert.match(stdout, `h2: deploy cannot read ${path}, which belongs to root: not compared; the next deploy writes\n`);
  await said(scene.lab, "h2", `chown deploy ${path}`);
});

test("the restart that it names makes them equal", async () => {
  const project = { cwd: scene.project.directory, env: { DB_PASSWORD: fresh } };
  succeeded(await bgdeploy(["restart", "production"], project));
  assert.match(succeeded(await env(fresh, "--diff")).stdout, "The live release already has this environment.\n");
});

test.run();
