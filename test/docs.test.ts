import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { flags } from "../lib/cli/flags.ts";
import { verbs } from "../lib/cli/verbs.ts";
import * as recipes from "../recipes/index.ts";

const root = join(import.meta.dirname, "..");
const pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...pagesUnder("docs"), "test/lab/README.md"];

test("the TypeScript in README and docs compiles", () => {
  // Inside node_modules, so that no other tool takes the blocks for source, and imports are found from there.
  const cache = join(root, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, "docs-"));
  try {
    const blocks = pages.filter((page) => page !== "test/lab/README.md").flatMap((page) => blocksOf(page));
    assert.ok(blocks.length > 10);
    for (const { name, text } of blocks) writeFileSync(join(directory, name), text);
    const config = { extends: "../../../tsconfig.json", files: blocks.map(({ name }) => name), include: [] };
    writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(config));
    const tsc = join(root, "node_modules/.bin/tsc");
    const { stdout, stderr } = spawnSync(tsc, ["-p", directory], { encoding: "utf8" });
    assert.is(stdout + stderr, "");
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("each command has a page, which names all its flags, and a line in README", () => {
  const names = verbs.map(({ name }) => name);
  assert.equal(readdirSync(join(root, "docs/commands")).toSorted(), names.map((name) => `${name}.md`).toSorted());
  const readme = read("README.md");
  assert.equal(
    names.filter((name) => !readme.includes(`(docs/commands/${name}.md)`)),
    [],
  );
  const missing = verbs.flatMap((verb) => {
    const page = read(`docs/commands/${verb.name}.md`);
    const lines = verb.flags.filter(({ name }) => !page.includes(`--${name}`));
    return lines.map(({ name }) => `docs/commands/${verb.name}.md: --${name}`);
  });
  assert.equal(missing, []);
});

test("no page names a flag that its command has not", () => {
  const unknown = verbs.flatMap((verb) => {
    const known: readonly string[] = [...verb.flags, flags.help].map(({ name }) => name);
    const rows = [...read(`docs/commands/${verb.name}.md`).matchAll(/^\| .*?`--([a-z-]+)/gm)];
    return rows.map(([, name = ""]) => name).filter((name) => !known.includes(name));
  });
  assert.equal(unknown, []);
});

test("each recipe has a page", () => {
  const names = Object.entries(recipes)
    .filter(([name, value]) => typeof value !== "string" && !name.endsWith("Text"))
    .map(([name]) => `${name}.md`);
  assert.equal(readdirSync(join(root, "docs/recipes")).toSorted(), names.toSorted());
});

test("each key of the config has a row", () => {
  const source = read("lib/config/define.ts");
  const settings = /^type Settings = \{\n(.*?)^\};/ms.exec(source)?.[1] ?? "";
  const keys = [...settings.matchAll(/^ {2}readonly (\w+):/gm)].map(([, key = ""]) => key);
  assert.ok(keys.length > 20);
  const rows = read("docs/config.md").match(/^\| .*$/gm) ?? [];
  const isThere = (key: string): boolean => rows.some((row) => row.split("|")[1]?.match(`\`${key}[\`.]`));
  assert.equal(
    keys.filter((key) => !isThere(key)),
    [],
  );
});

test("links lead to files that are there", () => {
  const broken = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)]
      .filter(([, target = ""]) => !existsSync(join(root, dirname(page), target)))
      .map(([, target]) => `${page}: ${target}`),
  );
  assert.equal(broken, []);
});

test.run();

function pagesUnder(directory: string): readonly string[] {
  const names = readdirSync(join(root, directory), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".md")).map((name) => `${directory}/${name}`);
}

function blocksOf(page: string): readonly { readonly name: string; readonly text: string }[] {
  return [...read(page).matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = ""], index) => ({
    name: `${page.replaceAll(/\W/g, "_")}_${index + 1}.ts`,
    text,
  }));
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
