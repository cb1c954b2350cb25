import { test } from "uvu";
import * as assert from "uvu/assert";
import { releaseRows } from "../../lib/report/release-rows.ts";

type Known = Parameters<typeof releaseRows>[0];

const plain = { columns: undefined, paint: (_: string, text: string) => text };
const ids = ["2025_05_01T00_00_00-v1", "2025_05_02T00_00_00-v2"];

const known = (host: string, last: Known[number]["status"]): Known => [
  { host, release: ids[0] ?? "", status: "previous", variants: ["blue"] },
  { host, release: ids[1] ?? "", status: last, variants: ["green"] },
];

test("hosts of the same releases share a column; one that differs has its own", () => {
  const hosts = Array.from({ length: 30 }, (_, index) => `web${index + 1}`);
  const same = hosts.flatMap((host) => known(host, "live"));
  assert.equal(releaseRows(same, hosts, plain), [
    "release                 all 30 hosts",
    "2025_05_02T00_00_00-v2  live, green",
    "2025_05_01T00_00_00-v1  previous, blue",
  ]);
  const differing = hosts.flatMap((host) => known(host, host === "web7" ? "failed" : "live"));
  assert.equal(releaseRows(differing, hosts, plain), [
    "release                 all 30 hosts except web7  web7",
    "2025_05_02T00_00_00-v2  live, green               failed, green",
    "2025_05_01T00_00_00-v1  previous, blue            previous, blue",
  ]);
});

test("where the table is too wide, each release is a block that fits", () => {
  const hosts = ["web1.frankfurt.example.com", "web2.frankfurt.example.com", "db.frankfurt.example.com"];
  const rows = hosts.flatMap((host, index) => known(host, index === 2 ? "failed" : "live"));
  assert.equal(releaseRows(rows, hosts, { ...plain, columns: 60 }), [
    "2025_05_02T00_00_00-v2",
    "  web1.frankfurt.example.com, web2.frankfurt.example.com",
    "    live, green",
    "  db.frankfurt.example.com",
    "    failed, green",
    "",
    "2025_05_01T00_00_00-v1",
    "  web1.frankfurt.example.com, web2.frankfurt.example.com",
    "    previous, blue",
    "  db.frankfurt.example.com",
    "    previous, blue",
  ]);
});

test("what became of a release has its colour, and the head is bold", () => {
  const paint = (format: string, text: string): string => `<${format}>${text}</>`;
  const rows = releaseRows(known("h1", "live"), ["h1"], { columns: 80, paint });
  assert.equal(rows.slice(0, 2), [
    "<bold>release               </>  <bold>h1</>",
    "2025_05_02T00_00_00-v2  <green>live, green</>",
  ]);
});

test.run();
