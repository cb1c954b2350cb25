import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";
import { failedText, told } from "./support/told.ts";

const test = labSuite("errors of a start");
let scene: Scene;
test.before(async () => {
  scene = await aScene("errors-start", { hosts: ["h*"] });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

/** What a failed deploy with these settings says at its end. */
async function fails(settings: string): Promise<string> {
  await scene.project.write({ hosts: ["h*"], settings });
  const text = told(ended(await scene.project.deploy("v2"), 1));
  assert.is(await served(scene.lab, "h1"), "v1 blue");
  return text;
}
const delayed = (delay: string): string => `env: { ...example.env, LINK_SHORTENER_START_DELAY_MS: "${delay}" },`;
const failed = "h1: health:check: wait until it is healthy failed with status 1";
const look = "Look: ssh -F ssh_config h1 journalctl -u link-shortener@green.service -n 50";

test("a unit that dies: that it did, and the last that the app said", async () => {
  const words = [
    'LINK_SHORTENER_START_DELAY_MS must be a number of milliseconds, not "soon".',
    "Usage: link-shortener              serve on HOST:PORT, or on the unix socket SOCKET",
    "       link-shortener -c PORT      exit 0 if the one on 127.0.0.1:PORT is healthy; or on a socket: -c /path",
    "       link-shortener --version",
  ];
  const block = `    ${words.join("\n    ")}\n`;
  // It may have died twice by then, and said the same twice.
  assert.is(
    (await fails(delayed("soon"))).replace(block + block, block),
    failedText("v1 blue", failed, "the new variant crashed while it started", ...words, look),
  );
});

test("a time-out: what was missed, and nothing that another release said in the same slot", async () => {
  const text = await fails(`health: { http: "/healthz", timeout: "1s" }, ${delayed("60000")}`);
  assert.is(
    text,
    failedText(
      "v1 blue",
      failed,
      "not healthy after 1 s: nothing listens on 127.0.0.1:8002",
      "Started link-shortener@green.service - link-shortener (green).",
      look,
    ),
  );
});

test("a wrong HTTP status: which one came, and which was expected", async () => {
  assert.is(
    await fails(`health: { http: "/healthz", expect: 204, timeout: "1s" },`),
    failedText(
      "v1 blue",
      failed,
      "not healthy after 1 s: http://127.0.0.1:8002/healthz answered 200, not 204",
      "link-shortener v2 (green) serves http://127.0.0.1:8002",
      look,
    ),
  );
});

test("a unit that starts and dies later, before the switch: the same as one that dies", async () => {
  const settings = `env: { ...example.env, LINK_SHORTENER_CRASH_AFTER_MS: "400" }, pre: undefined, tasks: [upload(), systemd.install(), systemd.start(), health(), hooks.pre(hook("wait", async ({ $ }) => { await $\`sleep 2\`; })), nginx.switch(), systemd.stop()],`;
  const text = await fails(settings);
  assert.match(
    text,
    /^h1 {2}v1 \(blue\) {2}undone T s\n\nFailed and undone\.\nv1 \(blue\) is still live on h1\.\n\nh1: (health:check|nginx:switch): /,
  );
  assert.match(text, "Look: ssh -F ssh_config h1 journalctl -u link-shortener@green.service -n 50");
});

test("who may not read the journal is told of the group, and of setup", async () => {
  await said(scene.lab, "h1", "gpasswd -d deploy systemd-journal");
  assert.is(
    await fails(delayed("soon")),
    failedText(
      "v1 blue",
      failed,
      "the new variant crashed while it started",
      "deploy may not read them. Let it, by the group systemd-journal: bgdeploy setup",
      look,
    ),
  );
  succeeded(await scene.project.run("setup", "production", "--as", "root", "--yes"));
  assert.match(await fails(delayed("soon")), "link-shortener --version");
});

test.run();
