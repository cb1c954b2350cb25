import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served, stateOf, withoutTimes } from "../support/hosts.ts";

const hostile = [
  "a b",
  `it's "x"`,
  "$(touch /tmp/pwned)",
  "`touch /tmp/pwned`",
  "first\nsecond",
  "*",
  "",
  "-n",
  "\\",
  "$HOME",
  "; exit 1 #",
  "é\t",
];

const test = labSuite("hooks");
let scene: Scene;
test.before(async () => {
  scene = await aScene("hooks", { machines: 2 });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

/** What hooks said: `<host>: <line>`. */
function spoken(stdout: string): readonly string[] {
  return stdout.split("\n").flatMap((line) => {
    const match = /\] (\S+) {2}hooks:\w+ .+? {2}\| (.*)/.exec(line);
    return match === null ? [] : [withoutTimes(`${match[1]}: ${match[2]}`)];
  });
}

test("`$` takes every value as one word, whatever is in it; on the host, in the release, with its environment", async () => {
  const settings = `
    pre: hook("words", async ({ $, log, target }) => {
      const words = ${JSON.stringify(hostile)};
      const all = await $\`printf '%s\\\\0' \${words}\`.quiet();
      log(JSON.stringify(all.stdout.split("\\0").slice(0, -1)));
      const [each] = [await $\`printf '<%s>' \${words[0]} x\${words[1]}y\`.quiet()];
      log(each.stdout);
      log((await $\`echo $(uname -n) $(id -un) $PORT; pwd\`.quiet()).stdout.trim());
      await $\`echo shown by itself\`;
      const { exitCode } = await $\`exit 7\`.nothrow();
      log("status " + exitCode);
    }),`;
  await scene.project.write({ hosts: ["private-h1"], settings });
  const { stdout } = succeeded(await scene.project.deploy("v2"));
  assert.equal(spoken(stdout), [
    `private-h1: ${JSON.stringify(hostile)}`,
    `private-h1: <a b><xit's "x"y>`,
    "private-h1: h1 deploy 8002",
    "private-h1: /opt/link-shortener/versions/TIME-v2",
    "private-h1: shown by itself",
    "private-h1: status 7",
  ]);
  assert.is(await said(scene.lab, "h1", "ls /tmp/pwned 2>/dev/null || :"), "");
});

test("`fetch` reaches the idle variant while the traffic is still on the old one", async () => {
  const settings = `
    tasks: [
      upload(), systemd.install(), systemd.start(), health(),
      hooks.pre(hook("smoke", async ({ fetch, log, live, idle, release }) => {
        const { version, variant } = await (await fetch("/healthz")).json();
        const made = await fetch("/links", { method: "POST", body: JSON.stringify({ url: "https://example.com/" }), headers: { "content-type": "application/json" } });
        const missing = await fetch("/nothing?here=1");
        const site = await (await globalThis.fetch("http://${scene.lab.hosts[0]?.address}/healthz")).json();
        log([version, variant, live, idle, release.version, made.status, missing.status, site.version, site.variant].join(" "));
      })),
      nginx.switch(), systemd.stop(), prune(),
    ],`;
  await scene.project.write({ hosts: ["private-h1"], settings });
  const { stdout } = succeeded(await scene.project.deploy("v3"));
  assert.equal(spoken(stdout), ["private-h1: v3 blue green blue v3 201 404 v2 green"]);
});

test("a `once` hook runs on the first host only, and the others wait for it; a plain one on each", async () => {
  const settings = `
    tasks: [
      upload(), systemd.install(),
      hooks.pre(hook("migrate", { once: true }, async ({ $ }) => { await $\`sleep 0.3; touch /tmp/migrated; echo migrated\`; })),
      hooks.pre(hook("each", async ({ local, target, log }) => { log("roles " + target.host.roles.join() + (await local\`echo , here $PWD\`.quiet()).stdout.trim()); })),
      systemd.start(), health(), nginx.switch(), systemd.stop(), prune(),
    ],`;
  await scene.project.write({
    hosts: [
      { name: "private-h2", roles: ["web"] },
      { name: "private-h1", roles: ["db"] },
    ],
    settings,
  });
  const { stdout } = succeeded(await scene.project.deploy("v4"));
  const [first, ...rest] = spoken(stdout);
  assert.is(first, "private-h2: migrated");
  const { directory } = scene.project;
  assert.equal(rest.toSorted(), [
    `private-h1: roles db, here ${directory}`,
    `private-h2: roles web, here ${directory}`,
  ]);
  assert.is(await said(scene.lab, "h1", "ls /tmp/migrated 2>/dev/null || :"), "");
});

test("a hook that throws before the start undoes every host, and says what it said", async () => {
  const settings = `pre: hook("refuse", async ({ target, $ }) => { if (target.host.name === "private-h2") await $\`echo no such table >&2; exit 9\`; }),`;
  await scene.project.write({ settings });
  const before = [await stateOf(scene.lab, "h1"), await stateOf(scene.lab, "h2")];
  const { stdout } = ended(await scene.project.deploy("v5"), 1);
  assert.equal([await stateOf(scene.lab, "h1"), await stateOf(scene.lab, "h2")], before);
  assert.match(stdout, "private-h2: hooks:pre refuse: ");
  assert.match(stdout, "no such table");
});

test("a post hook that throws exits 5, with the new version live on every host", async () => {
  const settings = `post: hook("announce", () => { throw new Error("the chat is down"); }),`;
  await scene.project.write({ settings });
  const { stdout } = ended(await scene.project.deploy("v6"), 5);
  assert.match(stdout, "Incomplete: v6 is live on private-h1, private-h2, but a later step failed.");
  assert.match(stdout, "hooks:post announce: the chat is down");
  assert.equal(
    [(await served(scene.lab, "h1")).slice(0, 2), (await served(scene.lab, "h2")).slice(0, 2)],
    ["v6", "v6"],
  );
});

test.run();
