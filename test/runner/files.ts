import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { reachedFrom } from "./imports.ts";

/** A test file, by its path from the root. `onLab`: it boots hosts. */
export type TestFile = { readonly path: string; readonly onLab: boolean };

// From milliseconds to minutes, so that what is cheap to find is found first.
const rings = ["cli", "lab", "world", "suites", "e2e", "lock", "fleet", "releases", "secrets", "faults", "load"];

/** The test files of this repository in the order in which they run. */
export function findTestFiles(root: string): readonly TestFile[] {
  const lab = join(root, "test/lab/lab.ts");
  return readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(root, "test", name))
    .map((file) => ({ path: relative(root, file), onLab: reachedFrom(file).has(lab) }))
    .toSorted((a, b) => ringOf(a) - ringOf(b) || a.path.localeCompare(b.path));
}

/** Does it measure under load, and so want the machine for itself? */
export function isLoad({ path }: TestFile): boolean {
  return path.startsWith("test/load/");
}

function ringOf({ path, onLab }: TestFile): number {
  const ring = rings.indexOf(path.split("/")[1] ?? "");
  return onLab ? Math.max(ring, 1) : Math.min(ring, 0);
}
