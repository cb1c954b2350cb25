import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { World } from "../world/support/world.ts";
import { aWorld, fingerprint } from "../world/support/world.ts";

const test = labSuite("sudo");
let world: World;
let rules = "";

test.before(async () => {
  world = await aWorld({ hosts: 1, bastion: false, name: "bad-sudo" });
  assert.is((await world.call()).code, 0); // blue is live, green is next
  rules = (await world.lab.exec("h1", "cat /etc/sudoers.d/shop-bgdeploy")).stdout;
});

test.after(() => world.close());

test.after.each(() => install(rules));

/** A unit that differs, so that the rules to write it are needed, too. */
const settings = 'unit: { Service: { Nice: "5" } },';

for (const line of [
  "systemctl start shop@green.service",
  "systemctl stop shop@green.service",
  "systemctl stop shop@blue.service",
  "systemctl reload nginx",
  "systemctl daemon-reload",
  "tee /etc/systemd/system/shop@.service",
]) {
  test(`without the rule for ${line} exactly that is named, and nothing is touched`, async () => {
    // What does two at once would stand in for it.
    const plain = rules.split("\n").filter((rule) => !/ (restart|disable --now) /.test(rule));
    const without = plain.filter((rule) => !rule.endsWith(`/${line}`));
    assert.is(without.length, plain.length - 1);
    await install(without.join("\n"));
    await refused(
      `bgdeploy: h1: sudo does not allow deploy to run \`${line}\` without a password. Add the rule: \`bgdeploy sudoers production\` prints the whole file.\n`,
    );
  });
}

test("where sudo asks for a password, that is said", async () => {
  await install("deploy ALL=(ALL) ALL\n");
  await refused(
    "bgdeploy: h1: sudo lets deploy run no command without a password (it says: sudo: a password is required). Install the sudo rules once: bgdeploy setup production --as root\n",
  );
});

test("where there is no rule at all, too", async () => {
  await install("");
  const { code, stderr } = await world.call({ settings });
  assert.match(
    stderr,
    /^bgdeploy: h1: sudo lets deploy run no command without a password \(it says: .*\)\. Install the sudo rules once: bgdeploy setup production --as root\n$/,
  );
  assert.is(code, 2);
});

test("a host without sudo is named", async () => {
  await world.lab.exec("h1", "mv /usr/bin/sudo /usr/bin/sudo.away");
  try {
    await refused("bgdeploy: h1: sudo is not installed, and deploy is not root. Install it: apt-get install sudo\n");
  } finally {
    await world.lab.exec("h1", "mv /usr/bin/sudo.away /usr/bin/sudo");
  }
});

test("rules that are not needed are left out with a warning that names them", async () => {
  await install(
    rules
      .split("\n")
      .filter((rule) => !/ (enable|disable) |nginx -t/.test(rule))
      .join("\n"),
  );
  const { code, stdout } = await world.call({ settings });
  assert.is(code, 0, stdout);
  assert.match(
    stdout,
    "warning: systemd:enable: `systemctl enable shop@green.service` is skipped: no sudo rule allows it",
  );
});

test.run();

async function refused(says: string): Promise<void> {
  const before = await fingerprint(world.lab, "h1");
  const { code, stderr } = await world.call({ settings });
  assert.is(stderr, says);
  assert.is(code, 2);
  assert.is(await fingerprint(world.lab, "h1"), before);
}

async function install(text: string): Promise<void> {
  const { code } = await world.lab.exec(
    "h1",
    "cat > /etc/sudoers.d/shop-bgdeploy && visudo -cqf /etc/sudoers.d/shop-bgdeploy",
    text,
  );
  if (code !== 0) throw new Error(`visudo refuses ${text}`);
}
