import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hashTree, treeOf } from "../../lib/config/tree.ts";
import { parseTree, treeLine } from "../../lib/run/tree.ts";
import { bash, withDirectory } from "../remote/support/bash.ts";

const onHost = async (directory: string): Promise<string> =>
  (await bash(`( ${treeLine(directory).raw} )`)).output.trim();

function fill(directory: string): void {
  mkdirSync(join(directory, "bin"));
  mkdirSync(join(directory, "bin.d/empty"), { recursive: true });
  writeFileSync(join(directory, "bin/shop"), "#!/bin/sh\n", { mode: 0o755 });
  for (const name of ["a", "B", "bin-a", "ü…🚀", "with space", "new\nline", "back\\slash", "-dash", "*"])
    writeFileSync(join(directory, name), name);
  writeFileSync(join(directory, "empty"), "");
  writeFileSync(join(directory, "large"), Buffer.alloc(700_000, "x"));
  writeFileSync(Buffer.from(`${directory}/not-utf8-\u00ff`, "latin1"), "x");
  symlinkSync("../large", join(directory, "bin/link"));
  symlinkSync("nowhere", join(directory, "a-link"));
}

test("the host and this machine work out one sum, whatever the names are", () =>
  withDirectory(async (directory) => {
    const empty = await hashTree(directory);
    assert.is(await onHost(directory), empty);
    fill(directory);
    const sum = await hashTree(directory);
    assert.match(sum, /^[0-9a-f]{64}$/);
    assert.is(await onHost(directory), sum);
  }));

test("another content, name, executable bit or target gives another sum; a time, another mode or an empty directory does not", () =>
  withDirectory(async (directory) => {
    fill(directory);
    const sums = [await hashTree(directory)];
    const changes: readonly (() => void)[] = [
      () => writeFileSync(join(directory, "a"), "b"),
      () => execFileSync("mv", [join(directory, "a"), join(directory, "c")]),
      () => chmodSync(join(directory, "B"), 0o744),
      () => execFileSync("ln", ["-sfn", "elsewhere", join(directory, "a-link")]),
    ];
    for (const change of changes) {
      change();
      sums.push(await hashTree(directory));
    }
    assert.is(new Set(sums).size, sums.length);
    execFileSync("touch", ["-d", "@1", join(directory, "B")]);
    chmodSync(join(directory, "c"), 0o600);
    mkdirSync(join(directory, "another"));
    assert.is(await hashTree(directory), sums.at(-1));
    assert.is(await onHost(directory), sums.at(-1));
  }));

test("a sum that is asked before it is known is none", () =>
  withDirectory(async (directory) => {
    fill(directory);
    const tree = treeOf(directory);
    assert.is(tree.sum(), undefined);
    tree.start();
    tree.start();
    const wanted = await hashTree(directory);
    while (tree.sum() === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.is(tree.sum(), wanted);
    assert.is(treeOf(join(directory, "none")).sum(), undefined);
  }));

test("a record is a sum, or why it is worth nothing", () => {
  const sum = "a".repeat(64);
  assert.equal(parseTree(`${sum}\n`), { sum, untrusted: undefined });
  assert.equal(parseTree(""), { sum: undefined, untrusted: undefined });
  assert.equal(parseTree("untrusted /x belongs to nobody\n"), { sum: undefined, untrusted: "/x belongs to nobody" });
});

test.run();
