import { test } from "uvu";
import * as assert from "uvu/assert";
import type { TargetOptions } from "../support/target.ts";
import { aTarget, newRelease, oldRelease } from "../support/target.ts";
import { upload } from "../../recipes/index.ts";
import { linesOf, namesOf, undoOf } from "./support/lines.ts";

const [send, link] = upload();
const versions = "/opt/shop/versions";
const partial = `${versions}/.${newRelease.id}.partial`;
const complete = `${versions}/${newRelease.id}`;
const record = `/opt/shop/.bgdeploy/releases/${newRelease.id}.json`;
const reserve = "[ -s /opt/shop/.bgdeploy/reserve ] || head -c 131072 /dev/zero >/opt/shop/.bgdeploy/reserve";
const room = `mkdir -p ${versions} && rm -rf ${versions}/.*.partial /opt/shop/.bgdeploy/downloads`;
const staged = `write ${record} (0600, ${JSON.stringify({ id: newRelease.id, status: "staged" }).length + 1} bytes)`;
const failed = `write ${record} (0600, ${JSON.stringify({ id: newRelease.id, status: "failed" }).length + 1} bytes)`;
const made = `mkdir ${partial}`;
const times = `find ${partial} -type f -links 1 -exec touch -d @${newRelease.time / 1000} {} +`;
const finish = `sync -f ${partial} && mv -T ${partial} ${complete} && sync ${versions}`;
const root = { kind: "root" } as const;
const rsync = (sharing: string): string => `rsync /projects/shop/dist/ → h1:${complete}/ (${sharing})`;
const sharing = rsync(`sharing with ${oldRelease.id}`);

test("a release is sent, then linked", () => assert.equal(namesOf(upload()), ["upload:send", "release:link"]));

const rows: readonly (readonly [string, TargetOptions, readonly string[]])[] = [
  ["the first deploy sends everything", {}, [room, reserve, staged, made, rsync("a full copy"), times, finish]],
  [
    "a later one shares what is equal with the live release",
    { live: "blue" },
    [room, reserve, staged, made, sharing, times, finish],
  ],
  [
    "an app that writes into its release shares nothing",
    { live: "blue", app: { writable: true } },
    [room, reserve, staged, made, rsync("a full copy"), times, finish],
  ],
  [
    "root gives the destination to the app's user, once",
    { live: "blue", facts: { sudo: root, owner: { user: "root", group: "root" } } },
    [room, reserve, `chown shop:www-data /opt/shop ${versions}`, staged, made, sharing, times, finish],
  ],
  [
    "a destination that is the app user's already stays",
    { live: "blue", facts: { sudo: root, owner: { user: "shop", group: "www-data" } } },
    [room, reserve, staged, made, sharing, times, finish],
  ],
  [
    "an owner who is in the group needs no chown",
    { live: "blue", app: { user: "deploy" }, facts: { user: { groups: ["deploy", "www-data"] } } },
    [room, reserve, staged, made, sharing, times, finish],
  ],
  [
    "an owner who is not in the group has the spec's chown, where a rule allows it",
    { live: "blue", app: { user: "deploy" } },
    [room, reserve, staged, made, sharing, times, finish, "sudo chown -R deploy:www-data /opt/shop (optional)"],
  ],
  [
    "files that would go to another user stay the ssh user's: he would be locked out",
    { live: "blue", app: { user: "shop" } },
    [room, reserve, staged, made, sharing, times, finish],
  ],
];

for (const [name, options, lines] of rows) test(name, () => assert.equal(linesOf(send, aTarget(options)), lines));

test("equal files come from the newest release and from the live one", () => {
  const newer = "2025_05_02T00_00_00-v1.0.1";
  const target = aTarget({
    live: "blue",
    facts: {
      releases: [
        { id: newer, status: "failed" },
        { id: oldRelease.id, status: "live" },
      ],
    },
  });
  const command = send?.commands(target).find((each) => each.kind === "upload");
  assert.equal(command, {
    kind: "upload",
    from: "/projects/shop/dist",
    partial,
    to: complete,
    against: [`${versions}/${newer}`, `${versions}/${oldRelease.id}`],
    keepTimes: false,
  });
});

test("the undo of a send removes what came in part, and marks the release as failed", () => {
  assert.equal(undoOf(send, aTarget({ live: "blue" })), [
    "rm -f /opt/shop/.bgdeploy/reserve",
    `rm -rf ${partial}`,
    failed,
  ]);
});

test("a link is renamed over the old one, and made durable", () => {
  const current = `${versions}/current-green`;
  const line = `ln -sfn ${newRelease.id} ${current}.bgdeploy-new && mv -fT ${current}.bgdeploy-new ${current} && sync ${versions}`;
  assert.equal(linesOf(link, aTarget({ live: "blue" })), [line]);
});

test("the undo of a link puts the former target back; without one the link goes", () => {
  const current = `${versions}/current-green`;
  const former = aTarget({ live: "blue", facts: { links: { green: "2025_01_01T00_00_00-v0.9" } } });
  assert.equal(undoOf(link, former), [
    `ln -sfn 2025_01_01T00_00_00-v0.9 ${current}.bgdeploy-new && mv -fT ${current}.bgdeploy-new ${current} && sync ${versions}`,
  ]);
  assert.equal(undoOf(link, aTarget({ live: "blue" })), [`rm -f ${current}`]);
});

test.run();
