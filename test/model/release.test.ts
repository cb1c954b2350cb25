import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeRelease, parseReleaseId } from "../../lib/model/release.ts";

test("an id is made of the moment in UTC and the version", () => {
  assert.equal(makeRelease("v1.0", Date.UTC(2025, 4, 13, 7, 8, 9, 999)), {
    id: "2025_05_13T07_08_09-v1.0",
    version: "v1.0",
    time: Date.UTC(2025, 4, 13, 7, 8, 9, 999),
  });
});

test("the clock's zone makes no difference", () => {
  const zone = process.env["TZ"];
  process.env["TZ"] = "Asia/Tokyo";
  try {
    assert.is(makeRelease("v1", Date.UTC(2025, 0, 1)).id, "2025_01_01T00_00_00-v1");
    assert.is(parseReleaseId("2025_01_01T00_00_00-v1")?.time, Date.UTC(2025, 0, 1));
  } finally {
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
  }
});

test("ids sort by age, whatever the versions are", () => {
  const times = [0, 1000, 59_000, 3_600_000, 86_400_000, 2_678_400_000, 31_536_000_000, Date.UTC(2199, 11, 31)];
  const ids = times.map((time, index) => makeRelease(`v${9 - index}`, time).id);
  assert.equal(ids.toReversed().toSorted(), ids);
});

const known: readonly (readonly [string, string])[] = [
  ["2025_05_13T00_00_00-v1.0", "v1.0"],
  ["2025_05_13T00_00_00_v1.0", "v1.0"],
  ["2025_05_13T00_00_00-v1.0-3-gabc1234-dirty", "v1.0-3-gabc1234-dirty"],
  ["2025_05_13T00_00_00-1.2.3+build_7", "1.2.3+build_7"],
  ["2025_05_13T00_00_00--", "-"],
];

for (const [id, version] of known) {
  test(`${id} is a release`, () => {
    assert.equal(parseReleaseId(id), { id, version, time: Date.UTC(2025, 4, 13) });
  });
}

const nonsense = [
  "",
  "current",
  "current-blue",
  "lost+found",
  "2025_05_13T00_00_00",
  "2025_05_13T00_00_00-",
  "2025_05_13T00_00_00v1",
  "2025-05-13T00_00_00-v1",
  "2025_13_13T00_00_00-v1",
  "2025_05_13T25_00_00-v1",
  ".2025_05_13T00_00_00-v1.partial",
  "x2025_05_13T00_00_00-v1",
];

for (const name of nonsense) {
  test(`${JSON.stringify(name)} is no release`, () => assert.is(parseReleaseId(name), undefined));
}

test("what was made is read back the same", () => {
  const release = makeRelease("v1.0-rc.1", Date.UTC(2025, 1, 28, 23, 59, 59));
  assert.equal(parseReleaseId(release.id), release);
});

test.run();
