import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { checkDist } from "../../lib/config/dist.ts";
import type { Files } from "./support/files.ts";
import { saidBy, withFiles } from "./support/files.ts";

const exec = { name: "shop", flags: [], user: "shop" };
const choice =
  'Only files inside the build are sent. To send the target: upload({ links: "follow" }). To keep the symlink, for a target that exists on the host: upload({ links: "keep" })';
const program = { program: "#!/bin/sh\n" };

test("a sound build is counted, symlinks not followed", async () => {
  const files: Files = {
    "bin/shop": program,
    "static/a.css": "12345",
    "static/b.css": { link: "a.css" },
    "static/up": { link: "../bin" },
  };
  await withFiles(files, async (dist) => {
    assert.equal(await checkDist({ dist, exec }), { path: dist, bytes: 15, files: 4, cpu: undefined, sent: [] });
  });
});

const refused: readonly (readonly [title: string, Files, dist: string, ...problems: string[]])[] = [
  [
    "a missing one",
    {},
    "dist",
    "dist: DIR/dist does not exist. Build the app first, or pass another directory with --dist",
  ],
  ["a file", { dist: "" }, "dist", "dist: DIR/dist is not a directory"],
  ["an empty one", { "dist/bin/": "" }, "dist", "dist: DIR/dist is empty. Build the app first"],
  [
    "one without the program",
    { "dist/bin/other": program },
    "dist",
    'dist: there is no bin/shop in DIR/dist. Build the app, or set its program with exec: { name: "…" }',
  ],
  ["a program that is a directory", { "dist/bin/shop/x": "" }, "dist", "dist: DIR/dist/bin/shop is not a file"],
  [
    "a program without its bit",
    { "dist/bin/shop": "" },
    "dist",
    "dist: DIR/dist/bin/shop is not executable. Type: chmod +x DIR/dist/bin/shop",
  ],
  [
    "symlinks that lead out",
    {
      "dist/bin/shop": program,
      "dist/a/up": { link: "../../secret" },
      "dist/b": { link: "/etc/passwd" },
      "dist/c": { link: "bin/../bin" },
    },
    "dist",
    `dist: the symlink DIR/dist/a/up -> ../../secret points outside the build, to DIR/secret. ${choice}`,
    `dist: the symlink DIR/dist/b points outside the build, to /etc/passwd. ${choice}`,
  ],
];

test("refuses a chain of symlinks that leads out, though each of them looks sound", async () => {
  const files: Files = {
    "dist/bin/shop": program,
    "dist/static/b": { link: ".." },
    "dist/static/a": { link: "b/.." },
    "dist/static/x": { link: "a/../secret" },
  };
  await withFiles(files, async (directory) => {
    const [first = "", second = ""] = await saidBy(checkDist({ dist: join(directory, "dist"), exec }), directory);
    assert.equal(
      [first, second],
      [
        `dist: the symlink DIR/dist/static/a -> b/.. points outside the build, to DIR. ${choice}`,
        `dist: the symlink DIR/dist/static/x -> a/../secret points outside the build, to ${resolve(directory, "../secret")}. ${choice}`,
      ],
    );
  });
});

for (const [title, files, dist, ...problems] of refused) {
  test(`refuses ${title}`, async () => {
    await withFiles(files, async (directory) => {
      assert.equal((await saidBy(checkDist({ dist: join(directory, dist), exec }), directory)).toSorted(), problems);
    });
  });
}

test.run();
