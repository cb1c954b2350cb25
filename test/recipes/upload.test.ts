import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { TargetOptions } from "../support/target.ts";
import { aTarget, newRelease, oldRelease } from "../support/target.ts";
import { upload } from "../../recipes/index.ts";
import type { Stubs } from "./support/bash.ts";
import { makeStubs, runInBash } from "./support/bash.ts";
import { linesOf, namesOf, undoOf } from "./support/lines.ts";

const [send, link] = upload();
const versions = "/opt/shop/versions";
const partial = `${versions}/.${newRelease.id}.partial`;
const complete = `${versions}/${newRelease.id}`;
const record = `/opt/shop/.bgdeploy/releases/${newRelease.id}.json`;
const reserve = "[ -s /opt/shop/.bgdeploy/reserve ] || head -c 131072 /dev/zero >/opt/shop/.bgdeploy/reserve";
const room = `bg_stays=; [ -d ${versions} ] || mkdir -p ${versions} || bg_stays=yes; for bg_file in ${versions}/.*.partial /opt/shop/.bgdeploy/downloads; do [ ! -e "$bg_file" ] || rm -rf "$bg_file" || bg_stays=yes; done; [ -z "$bg_stays" ]`;
const staged = `write ${record} (0600, ${JSON.stringify({ id: newRelease.id, status: "staged" }).length + 1} bytes)`;
const failed = `write ${record} (0600, ${JSON.stringify({ id: newRelease.id, status: "failed" }).length + 1} bytes)`;
const list = `/opt/shop/.bgdeploy/${newRelease.id}.sent`;
const made = `: >${list}`;
const times = "# give new files the time of the release";
const finish = `sync -f ${partial} && mv -T ${partial} ${complete}`;
const root = { kind: "root" } as const;
const rsync = (sharing: string): string => `rsync /projects/shop/dist/ → h1:${complete}/ (${sharing})`;
const sharing = rsync(`sharing with ${oldRelease.id}`);

test("links that lead out are followed or kept as the options say, and options of neither kind are refused", () => {
  const linksOf = (options?: Parameters<typeof upload>[0]): unknown => {
    const [task] = upload(options);
    const command = task?.commands(aTarget({ live: "blue" })).find(({ kind }) => kind === "upload");
    return [task?.links, command && "links" in command ? command.links : undefined];
  };
  assert.equal(linksOf(), [undefined, undefined]);
  assert.equal(linksOf({ links: "follow" }), ["follow", "follow"]);
  assert.equal(linksOf({ links: "keep" }), ["keep", "keep"]);
  // What was followed is there as files, and the copy of another host is sent as it is.
  const [task] = upload({ links: "follow" });
  const copied = task?.commands({ ...aTarget({ live: "blue" }), copy: true }).find(({ kind }) => kind === "upload");
  assert.not.ok(copied && "links" in copied);
  assert.throws(() => upload({ links: "no" } as never), /links: expected "follow" or "keep", found no/);
  assert.throws(() => upload({ link: "keep" } as never), /upload\(\): link: expected links, or from and sha256/);
});

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
    "what root deploys stays root's",
    { live: "blue", facts: { sudo: root, owner: { user: "root", group: "root" } } },
    [room, reserve, staged, made, sharing, times, finish],
  ],
  [
    "where releases belonged to the app, root's new one shares no file with them: it may still hold one open",
    { live: "blue", facts: { sudo: root, owner: { user: "shop", group: "www-data" } } },
    [room, reserve, staged, made, rsync("a full copy"), times, finish],
  ],
  [
    "a release of whose files no sum is recorded is shared with none: it may be of the time when it belonged to the app",
    { live: "blue", facts: { sudo: root, owner: { user: "root", group: "root" }, recordedTrees: [] } },
    [room, reserve, staged, made, rsync("a full copy"), times, finish],
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
    log: `/opt/shop/.bgdeploy/${newRelease.id}.sent`,
    against: [`${versions}/${newer}`, `${versions}/${oldRelease.id}`],
    keepTimes: false,
  });
});

/** Runs `make room` in a directory of stubs. */
async function makeRoom(stubs: Stubs): Promise<number | null> {
  const target = aTarget({ live: "blue", app: { destination: stubs.directory } });
  const { status } = await runInBash(send?.commands(target).slice(0, 1) ?? [], stubs);
  return status;
}

test("room is made on a host without any release, and what came in part goes, whatever it is called", async () => {
  const stubs = makeStubs({});
  try {
    assert.is(await makeRoom(stubs), 0);
    const there = `${stubs.directory}/versions`;
    assert.equal(readdirSync(there), []);
    for (const name of [oldRelease.id, ".a b.partial", ".c.partial"])
      mkdirSync(`${there}/${name}/bin`, { recursive: true });
    mkdirSync(`${stubs.directory}/.bgdeploy/downloads/x`, { recursive: true });
    writeFileSync(`${there}/.d.partial`, "");
    symlinkSync(oldRelease.id, `${there}/current`);
    assert.is(await makeRoom(stubs), 0);
    assert.equal(readdirSync(there), [oldRelease.id, "current"]);
    assert.not.ok(existsSync(`${stubs.directory}/.bgdeploy/downloads`));
  } finally {
    stubs.remove();
  }
});

test("where room cannot be made nothing is sent; where there is nothing to remove, no program runs", async () => {
  const stubs = makeStubs({ rm: "exit 1", mkdir: "exit 1" });
  try {
    assert.is(await makeRoom(stubs), 1);
    mkdirSync(`${stubs.directory}/versions`);
    assert.is(await makeRoom(stubs), 0);
    mkdirSync(`${stubs.directory}/versions/.a.partial`);
    assert.is(await makeRoom(stubs), 1);
  } finally {
    stubs.remove();
  }
});

test("the undo of a send waits until nothing comes any more, removes what came in part, and marks the release as failed", () => {
  assert.equal(undoOf(send, aTarget({ live: "blue" })), [
    "# wait until nothing of it is written any more",
    "rm -f /opt/shop/.bgdeploy/reserve",
    `rm -rf ${partial}`,
    failed,
  ]);
});

test("the release is linked from where it stands: as its link becomes durable, so does its own place", () => {
  const path = `${versions}/current-green`;
  assert.equal(link?.commands(aTarget({ live: "blue" })), [
    { kind: "link", title: "link current-green", path, to: newRelease.id },
  ]);
  assert.is(path.slice(0, path.lastIndexOf("/")), complete.slice(0, complete.lastIndexOf("/")));
});

test("the undo of a link puts the former target back; without one the link goes", () => {
  const current = `${versions}/current-green`;
  const former = aTarget({ live: "blue", facts: { links: { green: "2025_01_01T00_00_00-v0.9" } } });
  assert.equal(undoOf(link, former), [`link ${current} → 2025_01_01T00_00_00-v0.9`]);
  assert.equal(undoOf(link, aTarget({ live: "blue" })), [`rm -f ${current}`]);
});

test.run();
