import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { bgdeployWords } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import { inTerminal } from "../world/support/terminal.ts";
import { atBoot, environmentOf, eventually, idOf, recorded, running, whole } from "./support/host.ts";

/** What a release may bring along: a value that tests the quoting, and a directive of the unit. */
const settingsOf = (flavour: string, nice: number): string => `
  drain: { timeout: "20s" },
  env: { ...example.env, LINK_SHORTENER_DEBUG: "true", FLAVOUR: ${JSON.stringify(flavour)}, ONLY_IN_${nice}: "PORT=1" },
  unit: { Service: { StateDirectory: "link-shortener", Nice: "${nice}" } },`;
const flavours = { v1: 'one "1" $HOME\nPORT="1"\nA_VARIANT=red', v2: "two \\ `2`", v3: "three # 3" };

const test = labSuite("rollback");
let scene: Scene;
test.before(async () => {
  scene = await aScene("rollback", { hosts: ["h*"] });
  for (const [index, [version, flavour]] of Object.entries(flavours).entries()) {
    await scene.project.write({ hosts: ["h*"], settings: settingsOf(flavour, index + 1) });
    succeeded(await scene.project.deploy(version));
  }
});
test.after(() => scene.end());

const rollback = (...words: readonly string[]): ReturnType<Scene["project"]["run"]> =>
  scene.project.run("rollback", "production", ...words);
const nice = (): Promise<string> => said(scene.lab, "h1", "grep ^Nice= /etc/systemd/system/link-shortener@.service");
const site = (): string => `http://${scene.lab.hosts[0]?.address}`;

/** What of the environment is the release's, and what is its slot's. */
async function environment(variant: "blue" | "green"): Promise<Readonly<Record<string, string | undefined>>> {
  const all = await environmentOf(scene.lab, "h1", variant);
  const wanted = /^(PORT|LINK_SHORTENER_HTTP_PORT|LINK_SHORTENER_VARIANT|FLAVOUR|ONLY_IN_\d)$/;
  return Object.fromEntries(Object.entries(all).filter(([name]) => wanted.test(name)));
}
const environmentOfRelease = (variant: string, port: string, flavour: string, nice: number): object => ({
  PORT: port,
  LINK_SHORTENER_HTTP_PORT: port,
  LINK_SHORTENER_VARIANT: variant,
  FLAVOUR: flavour,
  [`ONLY_IN_${nice}`]: "PORT=1",
});

test("--dry-run names the release, prints the commands, and changes nothing", async () => {
  const before = await whole(scene.lab, "h1");
  const { stdout } = succeeded(await rollback("--dry-run", "--commands"));
  assert.match(stdout, "v3 (blue) → v2 (green)");
  assert.match(stdout, "sudo systemctl restart link-shortener@green.service");
  assert.is(await whole(scene.lab, "h1"), before);
});

test("where neither stage nor release is named, it is shown from what to what, and asked", async () => {
  const before = await whole(scene.lab, "h1");
  const { code, screen } = await inTerminal([...bgdeployWords, "rollback"], {
    cwd: scene.project.directory,
    env: {},
    answers: [[/Roll back\? \[y\/N\] /, "\r"]],
  });
  assert.is(code, 2);
  assert.match(screen, /^Stage: production\nh1: v3 \(blue\) → v2 \(green\)\n/);
  assert.is(await whole(scene.lab, "h1"), before);
});

test("the last good release is live again, with the environment and the unit that it ran with", async () => {
  const { stdout } = succeeded(await rollback());
  assert.match(stdout, /\nDone in [\d.]+ s: v2 is live on h1\.\n/);
  assert.is(await served(scene.lab, "h1"), "v2 green");
  assert.equal(await environment("green"), environmentOfRelease("green", "8002", flavours.v2, 2));
  assert.is(await nice(), "Nice=2\n");
  assert.is(
    await said(scene.lab, "h1", "ps -o ni= -p $(systemctl show -p MainPID --value link-shortener@green)"),
    "  2\n",
  );
  assert.equal(
    [await running(scene.lab, "h1"), await atBoot(scene.lab, "h1")],
    ["inactive active", "disabled enabled"],
  );
  assert.is(
    await said(scene.lab, "h1", "readlink /opt/link-shortener/versions/current"),
    `${await idOf(scene.lab, "h1", "v2")}\n`,
  );
});

test("a second rollback goes further back, for the release that was left is rolled back", async () => {
  assert.equal(await recorded(scene.lab, "h1"), ["v1 previous", "v2 live", "v3 rolled-back"]);
  succeeded(await rollback());
  assert.is(await served(scene.lab, "h1"), "v1 blue");
  assert.equal(await environment("blue"), environmentOfRelease("blue", "8001", flavours.v1, 1));
  assert.is(await nice(), "Nice=1\n");
  assert.equal(await recorded(scene.lab, "h1"), ["v1 live", "v2 rolled-back", "v3 rolled-back"]);
});

test("--to VERSION: a release that comes back in the other slot has that slot's port and variant, and else its own environment", async () => {
  succeeded(await rollback("--to", "v3"));
  assert.is(await served(scene.lab, "h1"), "v3 green");
  assert.equal(await environment("green"), environmentOfRelease("green", "8002", flavours.v3, 3));
  assert.is(await nice(), "Nice=3\n");
});

test("--to ID: and so at every further return", async () => {
  succeeded(await rollback("--to", await idOf(scene.lab, "h1", "v2")));
  assert.is(await served(scene.lab, "h1"), "v2 blue");
  assert.equal(await environment("blue"), environmentOfRelease("blue", "8001", flavours.v2, 2));
  assert.is(await nice(), "Nice=2\n");
});

test("a rollback drains: an answer that began before it comes whole, and only then the variant is stopped", async () => {
  const stream = fetch(`${site()}/stream?seconds=5`).then((answer) => answer.text());
  succeeded(await rollback("--to", "v1"));
  assert.match(await stream, /^chunk 1\n(chunk \d+\n)+chunk 50\nend\n$/);
  assert.is(await served(scene.lab, "h1"), "v1 green");
});

test("an old release that cannot start: undone, exit 1, and the live one, the unit and the environments are as before", async () => {
  // The listing of a directory belongs to one release; the file itself is shared with the others.
  const bin = `/opt/link-shortener/versions/${await idOf(scene.lab, "h1", "v3")}/bin`;
  await said(scene.lab, "h1", `mv ${bin}/link-shortener ${bin}/away`);
  const before = await whole(scene.lab, "h1");
  const { stdout } = ended(await rollback("--to", "v3"), 1);
  assert.match(stdout, "Failed and undone.\nv1 (green) is still live on h1.");
  assert.is(await whole(scene.lab, "h1"), before);
  assert.is(await served(scene.lab, "h1"), "v1 green");
});

test("an old release that never gets healthy: the same", async () => {
  const before = await whole(scene.lab, "h1");
  // Another check than the releases were deployed with.
  await scene.project.write({
    hosts: ["h*"],
    settings: `${settingsOf("four", 4)} health: { http: "/none", timeout: "1s" },`,
  });
  const { stdout } = ended(await rollback("--to", "v2"), 1);
  assert.match(stdout, "http://127.0.0.1:8001/none answered 404, not 200");
  assert.is(await whole(scene.lab, "h1"), before);
});

test("after failed rollbacks a deploy succeeds, with its own environment and unit", async () => {
  await scene.project.write({ hosts: ["h*"], settings: settingsOf("four", 4) });
  succeeded(await scene.project.deploy("v4"));
  assert.is(await eventually(() => served(scene.lab, "h1"), "v4 blue"), "v4 blue");
  assert.equal(await environment("blue"), environmentOfRelease("blue", "8001", "four", 4));
  assert.is(await nice(), "Nice=4\n");
});

test.run();
