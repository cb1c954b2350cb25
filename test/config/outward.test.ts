import { test } from "uvu";
import * as assert from "uvu/assert";
import type { DistReading } from "../../lib/config/dist.ts";
import { readDist } from "../../lib/config/dist.ts";
import { isUnsafe } from "../../lib/config/outward.ts";
import { sentenceOf } from "../../lib/model/problem.ts";
import type { Files } from "./support/files.ts";
import { withFiles } from "./support/files.ts";

const exec = { name: "shop", flags: [], user: "shop" };
const program = { program: "#!/bin/sh\n" };

type Read = { readonly said: readonly string[]; readonly dist: DistReading["dist"] };

async function read(files: Files, mode?: "follow" | "keep"): Promise<Read> {
  return withFiles({ "dist/bin/shop": program, ...files }, async (directory) => {
    const { dist, problems } = await readDist({ dist: `${directory}/dist`, exec }, mode);
    const shown = (text: string): string => text.replaceAll(directory, "DIR");
    const sent = dist.sent.map(([link, target]) => [link, shown(target)] as const);
    return { said: problems.map((each) => shown(sentenceOf(each))), dist: { ...dist, sent } };
  });
}

test("a link leads out by its words, as rsync counts them", () => {
  const rows: readonly (readonly [link: string, target: string, unsafe: boolean])[] = [
    ["a", "b", false],
    ["a", "../b", true],
    ["a/b", "../c", false],
    ["a/b", "../../c", true],
    ["a/b", "/c", true],
    ["a/b", "c/../../d", false],
    ["a/b", "./../../d", true],
    ["a/b/c", "../..", false],
    ["a/b/c", "../../..", true],
  ];
  assert.equal(
    rows.map(([link, target]) => isUnsafe(link, target)),
    rows.map(([, , unsafe]) => unsafe),
  );
});

test("four hundred links are one sentence, and one into the build by an absolute path has a reason of its own", async () => {
  const many = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`dist/l${index}`, { link: "/x" }]));
  const { said } = await read(many);
  assert.is(said.length, 1);
  assert.match(
    said[0] ?? "",
    /^dist: 400 symlinks lead out of the build: DIR\/dist\/l\d+ \(\/x\), .* and 397 more\. The host gets only what is inside\./,
  );
  const absolute = await withFiles({ "dist/bin/shop": program }, async (directory) => {
    const { symlinkSync } = await import("node:fs");
    symlinkSync(`${directory}/dist/bin/shop`, `${directory}/dist/start`);
    const { problems } = await readDist({ dist: `${directory}/dist`, exec });
    return problems.map((each) => sentenceOf(each).replaceAll(directory, "DIR"));
  });
  assert.equal(absolute, [
    'dist: the symlink DIR/dist/start leads into the build by an absolute path, which the host does not have, to DIR/dist/bin/shop. Make it relative, or send what stands there: upload({ links: "follow" })',
  ]);
});

const workspace: Files = {
  "dist/node_modules/ui": { link: "../../packages/ui" },
  "dist/real.txt": "123",
  "dist/inside": { link: "real.txt" },
  "packages/ui/index.js": "12345",
  "packages/ui/lib/a.js": "1",
  "packages/ui/main.js": { link: "index.js" },
};

test("with follow what links lead to is counted, and where they lead is told", async () => {
  const { said, dist } = await read(workspace, "follow");
  assert.equal(said, []);
  assert.equal(dist.sent, [["node_modules/ui", "DIR/packages/ui"]]);
  // bin/shop, real.txt, inside, and index.js, lib/a.js, main.js.
  assert.is(dist.files, 6);
});

const refused: Readonly<Record<string, readonly [Files, string]>> = {
  "a link to nothing": [
    { "dist/a": { link: "../gone" } },
    "dist: the symlink DIR/dist/a leads to DIR/gone, which is not there: nothing can be sent for it",
  ],
  "a link to a directory above": [
    { "dist/a/up": { link: "../.." } },
    "dist: the symlink DIR/dist/a/up leads to DIR, which it stands in: it has no end",
  ],
  "a link that comes along, and leads elsewhere there": [
    { "dist/a/b": { link: "../../x/y" }, "x/y/file": { link: "../z" }, "x/z": "1" },
    "dist: the symlink DIR/x/y/file, which comes along with a/b, would lead to a/z in the release, where nothing is. Bundle what it is for, or copy it into the build",
  ],
  "a way out through another link": [
    { "dist/s/b": { link: ".." }, "dist/s/a": { link: "b/.." } },
    "dist: the symlink DIR/dist/s/a -> b/.. leads out of the build, to DIR. Only by way of another symlink, which rsync does not see: make it lead there directly",
  ],
};

for (const [name, [files, problem]] of Object.entries(refused)) {
  test(`with follow ${name} is refused`, async () => {
    assert.equal((await read(files, "follow")).said, [problem]);
  });
}

test("with follow what leads in a circle has an end", async () => {
  const { said } = await withFiles({ "dist/bin/shop": program, "x/": "" }, async (directory) => {
    const { symlinkSync } = await import("node:fs");
    symlinkSync(`${directory}/x`, `${directory}/dist/a`);
    symlinkSync(`${directory}/x`, `${directory}/x/again`);
    const { problems } = await readDist({ dist: `${directory}/dist`, exec }, "follow");
    return { said: problems.map((each) => sentenceOf(each).replaceAll(directory, "DIR")) };
  });
  assert.equal(said, ["dist: the symlink DIR/x/again leads to DIR/x, which it stands in: it has no end"]);
});

test("with keep all stay as they are, the program too where the host has it", async () => {
  const { said, dist } = await read({ "dist/storage": { link: "/var/lib/shop/storage" } }, "keep");
  assert.equal([said, dist.files, dist.sent], [[], 2, []]);
  const elsewhere = await withFiles({ "dist/bin/shop": { link: "/opt/runtime/bin/shop" } }, async (directory) =>
    readDist({ dist: `${directory}/dist`, exec }, "keep"),
  );
  assert.equal(elsewhere.problems, []);
});

test.run();
