import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Facts } from "../../lib/model/facts.ts";
import { sentenceOf } from "../../lib/model/problem.ts";
import { setupProblems, trustProblems } from "../../lib/plan/trust.ts";
import type { TargetOptions } from "../support/target.ts";
import { aTarget, groundOf } from "../support/target.ts";

/** Where a directory of a user leads to the destination. */
const led = (user: string): Facts["ground"] => [
  { path: "/home/deploy", kind: "way", isLink: false, uid: 1000, user, group: user, mode: 0o755 },
];

const refused = (user: string): string =>
  `/home/deploy, which leads to /home/deploy/shop, belongs to ${user}: what setup does there as root could be redirected. Give it to root (chown root, chmod go-w), or set \`destination\` elsewhere`;

/** Whose directory it is, what the config says, and what setup for `deploy` says to it. */
const rows: readonly (readonly [string, string, TargetOptions["app"], readonly string[]])[] = [
  ["the deployer's, who can write the unit afterwards", "deploy", {}, []],
  ["the deployer's, who shall not become root", "deploy", { strict: true }, [refused("deploy")]],
  ["another user's", "ada", {}, [refused("ada")]],
  ["another user's, who is accepted", "ada", { appCanActAsDeployer: true }, []],
  [
    "the deployer's, who shall not become root whatever the app may",
    "deploy",
    { strict: true, appCanActAsDeployer: true },
    [refused("deploy")],
  ],
];

for (const [whose, user, app, problems] of rows) {
  test(`where the way to the destination is ${whose}, setup says ${problems.length === 0 ? "nothing" : "so"}`, () => {
    const target = aTarget({ app: { destination: "/home/deploy/shop", ...app }, facts: { ground: led(user) } });
    assert.equal(
      setupProblems(target, "deploy").map((each) => sentenceOf(each)),
      problems,
    );
  });
}

test("a destination may be root's link to what the deployer owns", () => {
  const link = { isLink: true, uid: 0, user: "root", group: "root", mode: 0 };
  const ground: Facts["ground"] = [{ ...link, path: "/opt/shop", kind: "destination" }, ...groundOf("deploy").slice(1)];
  assert.equal(trustProblems(aTarget({ live: "blue", facts: { ground } }), "production"), []);
});

test.run();
