import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Ended } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";

const hostile = "a \"b\" 'c' $HOME ${X} `id` $(id) \\ \\n # ; % %n é\tend \nsecond line\\";
const password = 'p$w`"\\ s3cret';

const test = labSuite("environment");
let scene: Scene;
let first: Ended;
test.before(async () => {
  scene = await aScene("environment", {
    machines: 2,
    hosts: ["private-h1", { name: "private-h2", ports: { blue: 8000, green: 9000 } }],
    env: { DATABASE_PASSWORD: password },
    settings: `
      secrets: ["DATABASE_PASSWORD"],
      env: { ...example.env, HOSTILE: ${JSON.stringify(hostile)}, WHERE: ({ host, stage, app }) => [host, stage, app].join("/") },`,
  });
  first = succeeded(await scene.project.deploy("v1", "-e", "LINK_SHORTENER_DEBUG=false", "--verbose"));
});
test.after(() => scene.end());

/** The environment of the process that runs, without what systemd adds by itself. */
async function environmentOf(host: string, variant: string): Promise<Readonly<Record<string, string>>> {
  const text = await said(
    scene.lab,
    host,
    `cat /proc/$(systemctl show -p MainPID --value link-shortener@${variant})/environ`,
  );
  const systemds =
    /^(LANG|PATH|HOME|LOGNAME|USER|SHELL|INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_EXEC_PID|STATE_DIRECTORY)=/;
  const own = text.split("\0").filter((line) => line !== "" && !systemds.test(line));
  return Object.fromEntries(own.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

/** As systemd unquotes it (systemd.exec(5), EnvironmentFile=). */
const quoted = (text: string): string => `"${text.replaceAll(/["\\$`]/g, String.raw`\$&`)}"`;

const environment = (host: string, variant: string, port: string): Readonly<Record<string, string>> => ({
  HOST: "127.0.0.1",
  PORT: port,
  PLTUSERHOME: "/opt/link-shortener",
  LINK_SHORTENER_HTTP_HOST: "127.0.0.1",
  LINK_SHORTENER_HTTP_PORT: port,
  LINK_SHORTENER_VARIANT: variant,
  LINK_SHORTENER_DATA: "/var/lib/link-shortener/links.ndjson",
  HOSTILE: hostile,
  WHERE: `${host}/production/link-shortener`,
  DATABASE_PASSWORD: password,
});

test("S7, S10: the process has exactly the environment that was asked for, whatever characters are in it", async () => {
  assert.equal(await environmentOf("h1", "blue"), {
    ...environment("private-h1", "blue", "8001"),
    LINK_SHORTENER_DEBUG: "false",
  });
  assert.equal(await environmentOf("h2", "blue"), {
    ...environment("private-h2", "blue", "8000"),
    LINK_SHORTENER_DEBUG: "false",
  });
});

test("S7: environment-blue holds it, in systemd's quoting, for the owner alone", async () => {
  const file = await said(
    scene.lab,
    "h1",
    "cd /opt/link-shortener; stat -c '%a %U' environment-blue; cat environment-blue",
  );
  const values = { ...environment("private-h1", "blue", "8001"), LINK_SHORTENER_DEBUG: "false" };
  const expected = Object.entries(values).map(([name, value]) => `${name}=${quoted(value)}\n`);
  // The host's own come first, so that the user's win; among the user's the order says nothing.
  const lines = file.split(/^(?=[A-Z_]+=)/m);
  assert.equal(lines.slice(0, 7), ["600 deploy\n", ...expected.slice(0, 6)]);
  assert.equal(lines.slice(7).toSorted(), expected.slice(6).toSorted());
});

test("a secret is in no output, however verbose", () => {
  assert.not.match(first.stdout + first.stderr, "s3cret");
});

test("S5, S7, S10: the second deploy writes environment-green, with green's port; blue's stays", async () => {
  const blue = await said(scene.lab, "h2", "cat /opt/link-shortener/environment-blue");
  succeeded(await scene.project.deploy("v2"));
  assert.is(await said(scene.lab, "h2", "cat /opt/link-shortener/environment-blue"), blue);
  assert.equal(await environmentOf("h2", "green"), environment("private-h2", "green", "9000"));
  assert.is(await said(scene.lab, "h2", "cat /opt/link-shortener/backend.conf"), "server 127.0.0.1:9000;\n");
  assert.equal([await served(scene.lab, "h1"), await served(scene.lab, "h2")], ["v2 green", "v2 green"]);
});

test("S10: a deploy with other ports leaves the live one on its port until the switch", async () => {
  await scene.project.write({
    hosts: ["private-h1"],
    settings: `secrets: ["DATABASE_PASSWORD"], ports: { blue: 8101, green: 8102 },`,
  });
  succeeded(await scene.project.deploy("v3"));
  assert.is(await served(scene.lab, "h1"), "v3 blue");
  assert.is(await said(scene.lab, "h1", "cat /opt/link-shortener/backend.conf"), "server 127.0.0.1:8101;\n");
});

test.run();
