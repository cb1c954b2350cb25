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

test("an app that keeps files of its own in a destination that it owns is not taken that right from while it serves", () => {
  const facts = {
    sudo: { kind: "root" },
    owner: { user: "shop", group: "www-data" },
    filesBeside: ["a.sqlite", "b"],
  } as const;
  const expected = [
    'h1: /opt/shop belongs to the app\'s user shop, who has files of its own there (a.sqlite and 1 more): once the app no longer owns the directory, it cannot replace them or create new ones. Move its data first ("Moving data out of the destination" in docs/config.md). For files that the app does not write, change the owner to root: chown -h root /opt/shop/a.sqlite',
  ];
  const target = aTarget({ live: "blue", facts });
  const said = (problems: ReturnType<typeof trustProblems>): readonly string[] =>
    problems.map((each) => `h1: ${sentenceOf(each)}`);
  assert.equal(said(trustProblems(target, "production")), expected);
  assert.equal(said(setupProblems(target, "deploy")), expected);
  assert.equal(said(trustProblems(aTarget({ live: "blue", facts: { ...facts, filesBeside: [] } }), "production")), []);
});

test("setup refuses what every run would, of whoever will deploy", () => {
  const said = (app: NonNullable<TargetOptions["app"]>): readonly string[] =>
    setupProblems(aTarget({ app, facts: { sudo: { kind: "root" } } }), "deploy").map((each) => sentenceOf(each));
  const exec = { name: "shop", flags: [], user: "deploy" };
  assert.equal(said({ exec }), [
    'the app would run as deploy, the deploy user: an attacker who takes it over could use the sudo rules of deploy. Set exec: { user: "…" } to another user, or accept it: appCanActAsDeployer: true',
  ]);
  assert.equal(said({ exec, appCanActAsDeployer: true }), []);
});

test("a directory that systemd would give to another user than its owner is named, before the start takes it away", () => {
  const serviceDirectories = [
    { path: "/var/lib/shop", user: "former" },
    { path: "/var/cache/shop", user: "root" },
    { path: "/var/log/shop", user: "shop" },
  ];
  const said = (app: NonNullable<TargetOptions["app"]>): readonly string[] =>
    trustProblems(aTarget({ live: "blue", app, facts: { serviceDirectories } }), "production").map(({ what }) => what);
  assert.equal(said({ state: true, logs: true }), [
    "/var/lib/shop belongs to former, and systemd would give it to shop when the new version starts, even while another version still writes there. If the directory is this app's, turn maintenance mode on first",
  ]);
  assert.equal(said({ cache: true }).length, 1);
  assert.equal(said({}), [], "it asks for none");
});

test("a destination may be root's link to what the deployer owns", () => {
  const link = { isLink: true, uid: 0, user: "root", group: "root", mode: 0 };
  const ground: Facts["ground"] = [{ ...link, path: "/opt/shop", kind: "destination" }, ...groundOf("deploy").slice(1)];
  assert.equal(trustProblems(aTarget({ live: "blue", facts: { ground } }), "production"), []);
});

test.run();
