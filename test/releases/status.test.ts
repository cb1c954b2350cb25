import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Ended } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, withoutTimes } from "../support/hosts.ts";
import { idOf, quick, whole } from "./support/host.ts";

const test = labSuite("status");
let scene: Scene;
test.before(async () => {
  scene = await aScene("status", { machines: 2, hosts: ["h*"], settings: quick });
});
test.after(() => scene.end());

const status = (): Promise<Ended> => scene.project.run("status", "production");
const head = "host live since blue green at boot lock";
/** Without the padding of columns, and without the times. */
const settled = ({ stdout }: Ended): string =>
  withoutTimes(stdout)
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z| UTC)?/g, "THEN")
    .replaceAll(/ {2,}/g, " ");

test("before the first deploy: nothing is live, exit 1", async () => {
  assert.is(
    settled(ended(await status(), 1)),
    `${head}
h1 nothing ? inactive inactive none free
h2 nothing ? inactive inactive none free

h1: nothing was deployed yet
h2: nothing was deployed yet
`,
  );
  assert.is((await scene.project.run("releases", "production")).stdout, "No releases yet.\n");
});

test("the live release and variant, since when, the units, what starts at boot and the lock; exit 0, nothing is changed", async () => {
  succeeded(await scene.project.deploy("v1"));
  succeeded(await scene.project.deploy("v2"));
  const before = await whole(scene.lab, "h1");
  assert.is(
    settled(succeeded(await status())),
    `${head}
h1 v2 (green) THEN inactive active green free
h2 v2 (green) THEN inactive active green free
`,
  );
  assert.is(await whole(scene.lab, "h1"), before);
});

test("since: the time at which the live release went live, in UTC", async () => {
  const { stdout } = await status();
  const since = /h1 +v2 \(green\) +(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC)/.exec(stdout)?.[1];
  const from = Date.parse((since ?? "").replace(" UTC", "Z"));
  const [, ...parts] = /^(\d+)_(\d+)_(\d+)T(\d+)_(\d+)_(\d+)/.exec(await idOf(scene.lab, "h1", "v2")) ?? [];
  const [year = 0, month = 1, ...rest] = parts.map(Number);
  const made = Date.UTC(year, month - 1, ...rest);
  assert.ok(from >= made - 1000 && from <= Date.now(), `${since} is after the release was made`);
});

test("releases: newest first, with what became of each on each host", async () => {
  succeeded(await scene.project.deploy("v3", "--only", "h2"));
  const { stdout } = succeeded(await scene.project.run("releases", "production"));
  assert.is(
    withoutTimes(stdout).replaceAll(/ {2,}/g, "  "),
    `release  h1  h2
TIME-v3  -  live, blue
TIME-v2  live, green  previous, green
TIME-v1  previous, blue  previous
`,
  );
});

test("hosts that differ: who has what, and exit 1", async () => {
  assert.is(
    settled(ended(await status(), 1)),
    `${head}
h1 v2 (green) THEN inactive active green free
h2 v3 (blue) THEN active inactive blue free

The hosts differ: TIME-v2 on h1; TIME-v3 on h2
`,
  );
});

test("a live variant that is down is said, and exit 1", async () => {
  succeeded(await scene.project.run("rollback", "production", "--only", "h2"));
  await said(scene.lab, "h2", "systemctl stop link-shortener@green");
  assert.is(
    settled(ended(await status(), 1)),
    `${head}
h1 v2 (green) THEN inactive active green free
h2 v2 (green) THEN inactive inactive green free

h2: the live variant green is DOWN: no request is served
The hosts differ: TIME-v2 on h1; nothing on h2
`,
  );
  await said(scene.lab, "h2", "systemctl start link-shortener@green");
});

test("a variant that would not start at boot is said, and the next run puts it right", async () => {
  await said(scene.lab, "h1", "systemctl disable -q link-shortener@green && systemctl enable -q link-shortener@blue");
  const { stdout } = ended(await status(), 1);
  assert.match(stdout, "h1: after a reboot blue would start, but green is live. The next run fixes that\n");
  succeeded(await scene.project.deploy("v4"));
  succeeded(await status());
});

test("a lock by hand and a run that goes on are shown", async () => {
  succeeded(await scene.project.run("lock", "production", "-m", "audit until noon", "--only", "h1"));
  await said(scene.lab, "h2", "systemd-run -q --unit=holder flock /opt/link-shortener/.bgdeploy sleep infinity");
  const { stdout } = await status();
  await said(scene.lab, "h2", "systemctl stop holder");
  const rows = stdout.split("\n").map((line) => line.split(/ {2,}/));
  assert.equal([rows[1]?.at(-1), rows[2]?.at(-1)], ["locked by hand", "a run"]);
  assert.match(stdout, /\nh1: locked by hand: .*audit until noon/);
  succeeded(await scene.project.run("unlock", "production"));
  succeeded(await status());
});

test("what an interrupted run left is said, and after the next run exit 0", async () => {
  await said(
    scene.lab,
    "h1",
    "echo blue >/opt/link-shortener/variant; systemctl is-active -q link-shortener@blue && echo green >/opt/link-shortener/variant || :",
  );
  assert.match(ended(await status(), 1).stdout, "h1: an earlier run did not finish; the next run repairs that first\n");
  succeeded(await scene.project.deploy("v5"));
  succeeded(await status());
});

test.run();
