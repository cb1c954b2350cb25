import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { build } from "./support/built-app.ts";

test("two builds are the same bytes, and nothing of an older one stays", () => {
  const folder = mkdtempSync(join(tmpdir(), "build-"));
  const [one, two] = ["one", "two"].map((name) => build(join(folder, name), "v1"));
  writeFileSync(join(folder, "two/left-over"), "");
  build(join(folder, "two"), "v1");

  assert.equal(contents(one ?? ""), contents(two ?? ""));
  assert.is(statSync(join(folder, "one/bin/link-shortener")).mode & 0o777, 0o755);
  rmSync(folder, { recursive: true });
});

function contents(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name)).toSorted();
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length), readFileSync(path, "utf8")]));
}

test.run();
