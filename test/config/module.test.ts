import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { importConfig } from "../../lib/config/module.ts";
import type { Files } from "./support/files.ts";
import { saidBy, withFiles } from "./support/files.ts";

test("a promise is waited for", async () => {
  await withFiles(
    { "deploy.config.ts": "export default Promise.resolve({ app: 'shop' as const });" },
    async (directory) => {
      assert.equal(await importConfig(join(directory, "deploy.config.ts"), directory), { app: "shop" });
    },
  );
});

const broken: readonly (readonly [title: string, file: string, content: string, problem: string, more?: Files])[] = [
  [
    "a syntax error in TypeScript",
    "deploy.config.ts",
    "const a: number = 1;\n\nexport default { app: a stages: {} };\n",
    "deploy.config.ts:3:25: syntax error: Expected ',', got 'ident'",
  ],
  [
    "a syntax error in JavaScript",
    "deploy.config.mjs",
    "\nexport default { a b };\n",
    "deploy.config.mjs:2:20: syntax error: Unexpected identifier 'b'",
  ],
  [
    "an enum",
    "deploy.config.ts",
    "enum A { B }\nexport default {};\n",
    "deploy.config.ts:1:1: syntax error: TypeScript enum is not supported in strip-only mode. Node only strips types: write it without enums, namespaces and parameter properties",
  ],
  [
    "a name that is not exported",
    "deploy.config.ts",
    'import { nothing } from "bgdeploy";\nexport default {};\n',
    "deploy.config.ts:1:10: syntax error: The requested module 'bgdeploy' does not provide an export named 'nothing'",
  ],
  [
    "an error that is thrown",
    "deploy.config.ts",
    "type A = string;\nfunction fail() {\n  throw new TypeError('no\\nway');\n}\nfail();\nexport default {};\n",
    "deploy.config.ts:3:9: TypeError: no",
  ],
  [
    "an error thrown in a file that it imports",
    "deploy.config.ts",
    'import "./tasks.ts";\nexport default {};\n',
    "tasks.ts:1:7: Error: no",
    { "tasks.ts": 'throw new Error("no");' },
  ],
  [
    "an error of bgdeploy's own",
    "deploy.config.ts",
    'import { hook } from "bgdeploy";\nexport default { pre: hook("a", {}) };\n',
    'deploy.config.ts:2:23: TypeError: hook("a") needs a function',
  ],
  [
    "a promise that is rejected",
    "deploy.config.ts",
    "export default Promise.reject(new Error('no'));\n",
    "deploy.config.ts:1:31: Error: no",
  ],
  [
    "a string that is thrown",
    "deploy.config.ts",
    "throw 'no';\nexport default {};\n",
    'deploy.config.ts threw "no" while loading',
  ],
  [
    "a package that is not there",
    "deploy.config.ts",
    '\nimport x from "no-such-package";\nexport default x;\n',
    "deploy.config.ts:2: Cannot find package 'no-such-package'. Install it: npm install",
  ],
  [
    "a file that is not there",
    "deploy.config.ts",
    '\nimport x from "./none.ts";\nexport default x;\n',
    "deploy.config.ts:2: Cannot find module 'DIR/none.ts'",
  ],
  [
    "no default export",
    "deploy.config.ts",
    "export const config = {};\n",
    "deploy.config.ts has no default export. Write: export default defineConfig({ … })",
  ],
  [
    "nothing at all",
    "deploy.config.ts",
    "",
    "deploy.config.ts has no default export. Write: export default defineConfig({ … })",
  ],
];

for (const [title, file, content, problem, more] of broken) {
  test(`a config with ${title} is one sentence, with its line`, async () => {
    await withFiles({ [file]: content, ...more }, async (directory) => {
      assert.equal(await saidBy(importConfig(join(directory, file), directory), directory), [problem]);
    });
  });
}

test("a config that fails ran only once", async () => {
  const content =
    "globalThis.runs = (globalThis.runs ?? 0) + 1;\nthrow new Error(`run ${globalThis.runs}`);\nexport default {};\n";
  await withFiles({ "deploy.config.js": content }, async (directory) => {
    const file = join(directory, "deploy.config.js");
    assert.equal(await saidBy(importConfig(file, directory), directory), ["deploy.config.js:2:7: Error: run 1"]);
  });
});

test("Node warns of nothing when the project's package.json has no type", async () => {
  const files = {
    "package.json": "{}",
    "deploy.config.ts": 'import { a } from "./a.ts";\nexport default { a };\n',
    "a.ts": "export const a: number = 1;\n",
  };
  await withFiles(files, async (directory) => {
    const loader = pathToFileURL(join(import.meta.dirname, "../../lib/config/module.ts")).href;
    const code = `const { importConfig } = await import("${loader}"); console.log(JSON.stringify(await importConfig("${directory}/deploy.config.ts", "${directory}")))`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
    assert.equal([stdout, stderr], ['{"a":1}\n', ""]);
  });
});

test.run();
