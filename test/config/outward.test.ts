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
    /^dist: 400 symlinks point outside the build: DIR\/dist\/l\d+ \(\/x\), .* and 397 more\. Only files inside the build are sent\./,
  );
  const absolute = await withFiles({ "dist/bin/shop": program }, async (directory) => {
    const { symlinkSync } = await import("node:fs");
    symlinkSync(`${directory}/dist/bin/shop`, `${directory}/dist/start`);
    const { problems } = await readDist({ dist: `${directory}/dist`, exec });
    return problems.map((each) => sentenceOf(each).replaceAll(directory, "DIR"));
  });
  assert.equal(absolute, [
    'dist: the symlink DIR/dist/start points into the build by an absolute path, which does not exist on the host, to DIR/dist/bin/shop. Make it relative, or send the target: upload({ links: "follow" })',
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
    "dist: the symlink DIR/dist/a points to DIR/gone, which does not exist",
  ],
  "a link to a directory above": [
    { "dist/a/up": { link: "../.." } },
    "dist: the symlink DIR/dist/a/up points to DIR, which contains the symlink itself: an endless loop",
  ],
  "a link that comes along, and leads elsewhere there": [
    { "dist/a/b": { link: "../../x/y" }, "x/y/file": { link: "../z" }, "x/z": "1" },
    "dist: the symlink DIR/x/y/file, sent along with a/b, would point to a/z in the release, which does not exist there. Bundle its target, or copy it into the build",
  ],
  "a way out through another link": [
    { "dist/s/b": { link: ".." }, "dist/s/a": { link: "b/.." } },
    "dist: the symlink DIR/dist/s/a -> b/.. points outside the build, to DIR. It does so through another symlink, which rsync cannot detect: make it point there directly",
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
  assert.equal(said, [
    "dist: the symlink DIR/x/again points to DIR/x, which contains the symlink itself: an endless loop",
  ]);
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
