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
  assert.equal(await findVersion({ version: "v1", directory: "/nowhere" }), { version: "v1", source: undefined });
});

test("git describes the commit, and says when it is dirty", async () => {
  await withFiles(packaged, async (directory) => {
    commit(directory);
    assert.match((await findVersion({ version: undefined, directory })).version, /^[0-9a-f]{7}$/);
    git(directory, "tag", "-am", "one", "v1.0");
    git(directory, "rm", "-q", "package.json");
    const found = { version: "v1.0-dirty", source: "git describe" };
    assert.equal(await findVersion({ version: undefined, directory }), found);
  });
});

test("without a commit or a repository it is package.json's, and that is said", async () => {
  await withFiles(packaged, async (directory) => {
    const from = (reason: string): unknown => ({ version: "1.2.3", source: `package.json: ${reason}` });
    assert.equal(await findVersion({ version: undefined, directory }), from("this is not a git repository"));
    git(directory, "init", "-q");
    assert.equal(await findVersion({ version: undefined, directory }), from("it has no commits yet"));
  });
});

test("with neither it asks for --version", async () => {
  await withFiles({ "package.json": "{}" }, async (directory) => {
    assert.equal(await saidBy(findVersion({ version: undefined, directory }), directory), [
      "no version found: this is not a git repository, and DIR has no package.json with a version. Pass --version V",
    ]);
  });
});

test("a lightweight tag names a release", async () => {
  await withFiles(packaged, async (directory) => {
    commit(directory);
    git(directory, "tag", "v2.0");
    assert.is((await findVersion({ version: undefined, directory })).version, "v2.0");
  });
});

const tags: readonly (readonly [tag: string, version: string])[] = [
  ["@acme/web@1.2.0", "acme-web-1.2.0"],
  ["release/1.0", "release-1.0"],
  ["web@2.0.0-beta.1", "web-2.0.0-beta.1"],
];

for (const [tag, version] of tags) {
  test(`the tag ${tag} gives ${version}, and is named beside it`, async () => {
    await withFiles(packaged, async (directory) => {
      commit(directory);
      git(directory, "tag", "-am", "one", tag);
      const found = { version, source: `git describe: ${tag}` };
      assert.equal(await findVersion({ version: undefined, directory }), found);
    });
  });
}

test("of the packages of one repository each has its own tag", async () => {
  await withFiles({ "package.json": '{ "name": "@acme/web", "version": "0.0.0" }' }, async (directory) => {
    commit(directory);
    git(directory, "tag", "-am", "one", "@acme/web@1.2.0");
    git(directory, "tag", "-am", "two", "@acme/other@9.0.0");
    assert.is((await findVersion({ version: undefined, directory })).version, "acme-web-1.2.0");
  });
});

/** As git calls its hooks, or with what a machine lacks. */
async function withEnv<T>(env: Readonly<Record<string, string>>, act: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    return await act();
  } finally {
    for (const name of Object.keys(env)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

test("a hook of git, which has GIT_DIR, asks the repository of the config", async () => {
  await withFiles(packaged, async (directory) => {
    commit(directory);
    git(directory, "tag", "v3.0");
    const found = await withEnv({ GIT_DIR: ".", GIT_INDEX_FILE: "/nowhere" }, () =>
      findVersion({ version: undefined, directory }),
    );
    assert.is(found.version, "v3.0");
  });
});

test("a repository that git does not read is an error, though package.json has a version", async () => {
  await withFiles({ ...packaged, "web/package.json": '{ "version": "0.0.0" }' }, async (directory) => {
    commit(directory);
    const find = (): Promise<unknown> => findVersion({ version: undefined, directory: `${directory}/web` });
    const begin = "the version cannot be read from the git repository DIR:";
    assert.equal(await withEnv({ GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" }, () => saidBy(find(), directory)), [
      `${begin} detected dubious ownership in repository at 'DIR'. If you trust it, type: git config --global --add safe.directory DIR. Or pass --version V`,
    ]);
    assert.equal(await withEnv({ PATH: "/nowhere" }, () => saidBy(find(), directory)), [
      `${begin} git is not installed on this machine. Install it. Or pass --version V`,
    ]);
  });
});

test.run();
