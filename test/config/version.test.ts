import { execFileSync } from "node:child_process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { findVersion } from "../../lib/config/version.ts";
import type { Files } from "./support/files.ts";
import { saidBy, withFiles } from "./support/files.ts";

const packaged: Files = { "package.json": '{ "version": "1.2.3" }' };

function git(cwd: string, ...words: readonly string[]): void {
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...words], { cwd, stdio: "ignore" });
}

function commit(directory: string): void {
  git(directory, "init", "-q");
  git(directory, "add", ".");
  git(directory, "commit", "-qm", "one");
}

test("what is written needs no git", async () => {
  assert.is(await findVersion({ version: "v1", directory: "/nowhere" }), "v1");
});

test("git describes the commit, and says when it is dirty", async () => {
  await withFiles(packaged, async (directory) => {
    commit(directory);
    assert.match(await findVersion({ version: undefined, directory }), /^[0-9a-f]{7}$/);
    git(directory, "tag", "-am", "one", "v1.0");
    git(directory, "rm", "-q", "package.json");
    assert.is(await findVersion({ version: undefined, directory }), "v1.0-dirty");
  });
});

test("without a commit it is package.json's", async () => {
  await withFiles(packaged, async (directory) => {
    git(directory, "init", "-q");
    assert.is(await findVersion({ version: undefined, directory }), "1.2.3");
  });
});

test("with neither it asks for --version", async () => {
  await withFiles({ "package.json": "{}" }, async (directory) => {
    const [problem = ""] = await saidBy(findVersion({ version: undefined, directory }), directory);
    assert.match(
      problem,
      /^there is no version: git describe says "fatal: not a git repository .*", and DIR has no package\.json with a version\. Pass --version V$/,
    );
  });
});

test("a tag that cannot name a directory is refused, not bent", async () => {
  await withFiles(packaged, async (directory) => {
    commit(directory);
    git(directory, "tag", "-am", "one", "release/1.0");
    assert.equal(await saidBy(findVersion({ version: undefined, directory }), directory), [
      'the version from git describe, "release/1.0" may hold only letters, digits and . _ + -, and starts with no . or -. Pass --version V',
    ]);
  });
});

test.run();
