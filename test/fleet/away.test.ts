import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Ended } from "../support/bgdeploy.ts";
import { answerOf } from "../support/json-lines.ts";
import type { World } from "../world/support/world.ts";
import { aWorld, fingerprint } from "../world/support/world.ts";

const test = labSuite("a host that is away");
let world: World;

const hosts = ["h1", "h2", "h3"];
const why = "h2: unreachable. Is it up? To continue without it: --except h2";

test.before(async () => {
  world = await aWorld({ hosts: 3, bastion: false, name: "fleet-away" });
  const { code, stderr } = await world.call({ hosts });
  assert.is(code, 0, stderr);
  await world.lab.cut("h2");
});
test.after(() => world.close());

const emptyAnswer = { type: "", unreachable: [], problems: [], exitCode: 0 };

const call = (...words: readonly string[]): Promise<Ended> =>
  world.call({ hosts, words, ssh: "Host *\nConnectTimeout 1" });

/** What was printed, without the padding of columns. */
const shown = ({ stdout }: Ended): string => stdout.replaceAll(/ {2,}/g, " ");

test("status shows the others, and why it is not read; exit 1", async () => {
  const ran = await call("status", "production");
  const lines = shown(ran).split("\n");
  assert.match(lines[1] ?? "", /^h1 v1 \(blue\) /);
  assert.is(lines[2], "h2 unreachable ? ? ? ? ?");
  assert.match(lines[3] ?? "", /^h3 v1 \(blue\) /);
  assert.equal(lines.slice(4), ["", why, ""]);
  assert.is(ran.code, 1);
});

for (const verb of ["status", "releases", "plan", "audit"]) {
  test(`${verb} --json: it is in the answer, and why; exit 1`, async () => {
    const { code, stdout } = await call(verb, "production", "--json");
    const { type, unreachable, problems, exitCode } = { ...emptyAnswer, ...answerOf(stdout) };
    assert.equal([code, exitCode, type, unreachable, problems], [1, 1, verb, [{ host: "h2", problem: why }], [why]]);
  });
}

const readers: readonly (readonly [words: readonly string[], has: RegExp])[] = [
  [["releases"], /^release +h1, h3\n\S+-v1 /],
  [["plan"], /h1, h3/],
  [["env"], /^h1, h3: the next deploy writes/],
  [["audit"], /h1, h3/],
  [["logs"], /h3/],
  [["prune", "--dry-run"], /^h1, h3: nothing to delete/],
];

for (const [[verb = "", ...more], has] of readers) {
  test(`${verb} shows the others, and says it; exit 1`, async () => {
    const { code, stdout, stderr } = await call(verb, "production", ...more);
    assert.match(stdout, has);
    assert.not.match(stdout, "h2");
    assert.is(stderr, `bgdeploy: ${why}\n`);
    assert.is(code, 1);
  });
}

test("lock locks the others, and says what it did; so does unlock", async () => {
  const locked = await call("lock", "production");
  assert.is(locked.stdout, "Locked: h1, h3. To unlock: bgdeploy unlock production\nNot locked: h2.\n");
  const unlocked = await call("unlock", "production");
  assert.match(unlocked.stdout, /^h1: unlocked; .*\nh3: unlocked; .*\nNot checked: h2\.\n$/);
  for (const { code, stderr } of [locked, unlocked]) assert.equal([code, stderr], [1, `bgdeploy: ${why}\n`]);
});

test("maintenance is for all hosts or none; off opens those that it reaches", async () => {
  const on = await call("maintenance", "production", "on");
  const nothing = "Nothing was changed: the site is closed on all hosts or on none";
  assert.equal([on.code, on.stderr], [2, `bgdeploy: ${why}\nbgdeploy: ${nothing}\n`]);
  assert.is((await call("maintenance", "production", "on", "--except", "h2")).code, 0);
  const off = await call("maintenance", "production", "off");
  assert.equal(
    [off.code, off.stdout, off.stderr],
    [1, "Maintenance mode is now off on h1, h3.\n", `bgdeploy: ${why}. Maintenance mode was not turned off there\n`],
  );
});

for (const verb of ["run", "rollback", "restart", "prune"]) {
  test(`${verb} refuses, and nothing is touched`, async () => {
    const before = await fingerprint(world.lab, "h1");
    const { code, stderr } = await call(verb, "production", ...(verb === "prune" ? ["--yes"] : []));
    assert.equal([code, stderr], [2, `bgdeploy: ${why}\n`]);
    assert.is(await fingerprint(world.lab, "h1"), before);
  });
}

test("where none is reached, that is all that is said", async () => {
  const { code, stdout, stderr } = await call("status", "production", "--only", "h2");
  assert.equal([code, stdout, stderr], [2, "", `bgdeploy: ${why}\n`]);
});

test.run();
