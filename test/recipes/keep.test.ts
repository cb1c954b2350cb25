import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { keepLine, restoreLine } from "../../recipes/keep.ts";

const test = suite("keep", { directory: "", path: "", kept: "" });

test.before.each((context) => {
  context.directory = mkdtempSync(join(tmpdir(), "keep-"));
  context.path = join(context.directory, "a file");
  context.kept = join(context.directory, "kept");
});
test.after.each(({ directory }) => rmSync(directory, { recursive: true }));

test("a file comes back, once or twice", ({ path, kept }) => {
  writeFileSync(path, "before");
  bash(keepLine(path, kept).raw);
  writeFileSync(path, "after");
  for (let times = 0; times < 2; times += 1) {
    bash(restoreLine(path, kept).raw);
    assert.is(readFileSync(path, "utf8"), "before");
  }
});

test("where there was none, none is left; and a file that comes later stays", ({ path, kept }) => {
  bash(keepLine(path, kept).raw);
  writeFileSync(path, "after");
  bash(restoreLine(path, kept).raw);
  assert.not.ok(existsSync(path));
  writeFileSync(path, "a later one");
  bash(restoreLine(path, kept).raw);
  assert.is(readFileSync(path, "utf8"), "a later one");
});

test("what an earlier run kept does not come back", ({ path, kept }) => {
  writeFileSync(path, "old");
  bash(keepLine(path, kept).raw);
  rmSync(path);
  bash(keepLine(path, kept).raw);
  bash(restoreLine(path, kept).raw);
  assert.not.ok(existsSync(path));
});

test("what an earlier run kept does not come back either where keeping failed", ({ directory, path, kept }) => {
  writeFileSync(path, "old");
  bash(keepLine(path, kept).raw);
  writeFileSync(path, "new");
  mkdirSync(join(directory, "kept.bgdeploy-new"));
  mkdirSync(join(directory, "kept.bgdeploy-new/a file"));
  assert.throws(() => bash(keepLine(path, kept).raw));
  bash(restoreLine(path, kept).raw);
  assert.is(readFileSync(path, "utf8"), "new");
});

function bash(line: string): void {
  execFileSync("bash", ["-c", line]);
}

test.run();
