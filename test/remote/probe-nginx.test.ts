import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeLayout } from "../../lib/model/layout.ts";
import type { PathState, Workers } from "../../lib/remote/probe-nginx.ts";
import { blindTo, maintenanceBlock, parseNamed, parsePlaces, parseWorkers } from "../../lib/remote/probe-nginx.ts";

const layout = makeLayout("shop", "/opt/shop");
const site = "/etc/nginx/sites-available/a:b.conf";

function aPlace(place: Partial<PathState> = {}): PathState {
  const root = { uid: 0, gid: 0, user: "root", group: "root" };
  return { type: "d", mode: 0o755, inode: "1", modified: 0, target: "", ...root, ...place };
}

test("places are read whatever stands in their names and targets", () => {
  const odd = "/opt/a b\n1 2";
  const w = "bg0123";
  const rows = [
    odd,
    "l 777 0 33 123 1700000000",
    "root",
    "domain users",
    "to\nthere",
    "/opt",
    "d 755 0 0 2 5",
    "root",
    "root",
    "",
    "\n",
  ];
  const text = rows.join(w);
  assert.equal(
    parsePlaces(text, w),
    new Map([
      [
        odd,
        aPlace({
          type: "l",
          mode: 0o777,
          gid: 33,
          inode: "123",
          modified: 1700000000,
          group: "domain users",
          target: "to\nthere",
        }),
      ],
      ["/opt", aPlace({ inode: "2", modified: 5 })],
    ]),
  );
});

test("files of nginx that name ours are told apart", () => {
  const text = `read\n${site}:${layout.backend}\n${site}:${layout.maintenance}\n/etc/nginx/b:${layout.maintenance}\n\n`;
  assert.equal(
    parseNamed(text, layout),
    new Map([
      [layout.backend, [site]],
      [layout.maintenance, [site, "/etc/nginx/b"]],
    ]),
  );
  assert.equal([parseNamed("read\n\n", layout), parseNamed("\n", layout)], [new Map(), undefined]);
});

test("workers tell when they began, whatever their name, and whom they run as", () => {
  const rest = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18";
  const lines = [
    `20 (nginx) ${rest} 250000 1 2`,
    `21 (a) b (c) ${rest} 300050 1 2`,
    "Uid:\t0\t33\t33\t33",
    "Gid:\t0\t34\t34\t34",
    "Groups:\t34 999 ",
  ];
  assert.equal(parseWorkers(lines), { began: [2500, 3000.5], runAs: { uid: 33, gids: [34, 34, 999] } });
  assert.equal(parseWorkers([]), { began: [], runAs: undefined });
});

// The host has been up for 1000 s; its newest worker began 100 s ago.
const clock = 1_700_000_000;
const workers: Workers = { began: [200, 900], runAs: { uid: 33, gids: [33] } };

for (const [what, written, from, block] of [
  ["before the newest worker", clock - 200, workers, "loaded"],
  ["after it", clock - 50, workers, "unloaded"],
  ["in the future", clock + 50, workers, "loaded"],
  ["after it, where nginx shows no worker", clock - 50, { began: [], runAs: undefined }, "loaded"],
  ["nowhere", undefined, workers, "missing"],
] as const) {
  test(`the block of the maintenance page, written ${what}, is ${block}`, () => {
    const named = new Map(written === undefined ? [] : [[layout.maintenance, [site]]]);
    const places = new Map([[site, aPlace({ type: "f", modified: written ?? 0 })]]);
    const times = { places, workers: from, clock, uptime: 1000.5 };
    assert.is(maintenanceBlock(named, layout.maintenance, times), block);
  });
}

test("where nginx's files may not be read, it is not known", () => {
  const times = { places: new Map(), workers, clock, uptime: 1000 };
  assert.is(maintenanceBlock(undefined, layout.maintenance, times), "unknown");
});

for (const [what, places, blind] of [
  ["all may look into", { "/opt/shop": {}, "/opt": {} }, undefined],
  ["others may not", { "/opt/shop": { mode: 0o750 }, "/opt": {} }, "/opt/shop"],
  ["its group may", { "/opt/shop": { mode: 0o750, gid: 33 }, "/opt": {} }, undefined],
  ["its group may not, but others may", { "/opt/shop": { mode: 0o705, gid: 33 }, "/opt": {} }, "/opt/shop"],
  ["its owner may not, but others may", { "/opt/shop": { mode: 0o677, uid: 33 }, "/opt": {} }, "/opt/shop"],
  ["others may not, above", { "/opt/shop": {}, "/opt": { mode: 0o700 } }, "/opt"],
  ["is not there yet", { "/opt": {} }, undefined],
] as const) {
  test(`nginx and a directory that ${what}`, () => {
    const found = new Map(Object.entries(places).map(([path, place]) => [path, aPlace(place)]));
    assert.is(blindTo("/opt/shop", found, workers), blind);
    assert.is(blindTo("/opt/shop", found, { began: [], runAs: undefined }), undefined);
  });
}

test.run();
