import { test } from "uvu";
import * as assert from "uvu/assert";
import type { GroundPath } from "../../lib/model/ground.ts";
import { untrustedGround } from "../../lib/model/ground.ts";

const sound: GroundPath = {
  path: "/opt/shop",
  kind: "destination",
  isLink: false,
  uid: 1000,
  user: "deploy",
  group: "www-data",
  mode: 0o755,
};

const rows: readonly (readonly [string, Partial<GroundPath>, string | undefined])[] = [
  ["the deployer's own directory", {}, undefined],
  ["root's directory", { uid: 0, user: "root" }, undefined],
  ["the app's", { uid: 999, user: "shop" }, "belongs to shop"],
  ["one that its group may write to", { mode: 0o775 }, "can be written to by the group www-data"],
  ["one that the deployer's own group may write to", { mode: 0o775, group: "deploy" }, undefined],
  ["one that root's group may write to", { mode: 0o775, group: "root" }, undefined],
  ["one that everybody may write to", { mode: 0o777 }, "can be written to by every user"],
  ["a sticky one on the way", { kind: "way", uid: 0, user: "root", mode: 0o1777 }, undefined],
  ["a sticky one of ours", { mode: 0o1777 }, "can be written to by every user"],
  ["a sticky one of another on the way", { kind: "way", uid: 999, user: "shop", mode: 0o1777 }, "belongs to shop"],
  ["a destination that is the deployer's link", { isLink: true, mode: 0o777 }, undefined],
  ["a destination that is the app's link", { isLink: true, mode: 0o777, uid: 999, user: "shop" }, "belongs to shop"],
  ["a state that is a link", { kind: "state", isLink: true, mode: 0o777 }, "is a symbolic link"],
];

for (const [what, change, why] of rows) {
  test(`${what} is ${why === undefined ? "trusted" : "not trusted"}`, () => {
    const path = { ...sound, ...change };
    const expected = why === undefined ? [] : [{ path: path.path, kind: path.kind, user: path.user, why }];
    assert.equal(untrustedGround([path], "deploy"), expected);
  });
}

test("for root only what is root's is trusted", () => {
  assert.equal(untrustedGround([sound], "root"), [
    { path: "/opt/shop", kind: "destination", user: "deploy", why: "belongs to deploy" },
  ]);
});

test.run();
