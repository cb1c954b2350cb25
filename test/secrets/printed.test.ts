import { randomBytes } from "node:crypto";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said } from "../support/hosts.ts";

const secret = `S3cret-${randomBytes(12).toString("hex")}`;
const key = `-----BEGIN KEY-----\n${randomBytes(30).toString("base64")}\n-----END KEY-----\n`;
const base = `secrets: ["DATABASE_URL", "SIGNING_KEY"],`;

const test = labSuite("a secret that the user's own code prints");
let scene: Scene;
test.before(async () => {
  const env = { DATABASE_URL: secret, SIGNING_KEY: key, LINK_SHORTENER_START_DELAY_MS: secret };
  scene = await aScene("printed", { hosts: ["h*"], settings: base, env });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

async function output(settings: string, code: number): Promise<string> {
  await scene.project.write({ hosts: ["h*"], settings: `${base} ${settings}` });
  const { stdout, stderr } = ended(await scene.project.deploy("v2", "--verbose"), code);
  const lines = [secret, ...key.trim().split("\n")].filter((line) => !line.startsWith("-----"));
  assert.equal(
    lines.filter((line) => `${stdout}${stderr}`.includes(line)),
    [],
  );
  return stdout;
}

test("a hook that prints it: masked, also a line of one of many lines", async () => {
  const text = await output(
    "pre: hook('print', async ({ $ }) => { await $`echo url $DATABASE_URL; echo \"$SIGNING_KEY\"; exit 1`; }),",
    1,
  );
  assert.match(text, "url [secret]");
});

test("a hook that prints it in base64, in a header, in hex, in a URL: masked", async () => {
  const text = await output(
    `pre: hook('print', async ({ $, target }) => {
      await $\`printf %s "$DATABASE_URL" | base64 -w0; echo; printf 'user:%s' "$DATABASE_URL" | base64 -w0; echo; printf %s "$DATABASE_URL" | od -An -v -tx1 | tr -d ' \\n'; echo\`;
      console.log(encodeURIComponent(target.app.env.SIGNING_KEY.reveal()));
      throw new Error(JSON.stringify({ key: target.app.env.SIGNING_KEY.reveal() }));
    }),`,
    1,
  );
  const hidden = [Buffer.from(secret), Buffer.from(`user:${secret}`)].map((bytes) =>
    bytes.toString("base64").slice(8, -4),
  );
  const forms = [...hidden, Buffer.from(secret).toString("hex"), encodeURIComponent(key.slice(20, 40))];
  assert.equal(
    forms.filter((form) => text.includes(form)),
    [],
  );
  assert.match(text, '{"key":"[secret]"}');
});

test("a hook that throws it: masked in the summary, too", async () => {
  const text = await output(
    "pre: hook('throw', async ({ target }) => { throw new Error(`cannot reach ${target.app.env.DATABASE_URL.reveal()}`); }),",
    1,
  );
  assert.match(text, "h1: hooks:pre throw: cannot reach [secret]");
});

test("a script that prints it: masked", async () => {
  await scene.project.write({
    files: { "scripts/print.sh": '. /opt/link-shortener/environment-green; echo "url $DATABASE_URL"; exit 1\n' },
  });
  assert.match(await output(`pre: "scripts/print.sh",`, 1), "url [secret]");
});

test("an app that says it as it dies: masked in its last lines", async () => {
  const text = await output(`secrets: ["DATABASE_URL", "SIGNING_KEY", "LINK_SHORTENER_START_DELAY_MS"],`, 1);
  assert.match(text, 'must be a number of milliseconds, not "[secret]"');
  assert.match(await said(scene.lab, "h1", "journalctl -o cat -u link-shortener@green -n 40"), secret);
});

test.run();
