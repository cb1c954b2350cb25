import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Ended } from "./support/bgdeploy.ts";
import { bgdeploy, program } from "./support/bgdeploy.ts";

const root = join(import.meta.dirname, "..");

let directory: string;
test.before(() => {
  directory = mkdtempSync(join(tmpdir(), "bgdeploy-build-"));
  const built = spawnSync("rolldown", ["-c", "--dir", join(directory, "dist")], {
    cwd: root,
    env: { PATH: `${root}/node_modules/.bin:${process.env["PATH"]}` },
    encoding: "utf8",
  });
  assert.is(built.status, 0, built.stderr);
  cpSync(join(root, "package.json"), join(directory, "package.json"));
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
  mkdirSync(join(directory, "project"));
});
test.after(() => rmSync(directory, { recursive: true, force: true }));

const node = [process.execPath];

function built(words: readonly string[], flags: readonly string[] = []): Promise<Ended> {
  const bin = join(directory, "dist/bin/bgdeploy.js");
  return program([...node, ...flags, bin, ...words], { cwd: join(directory, "project"), env: { HOME: directory } });
}

function fromSource(words: readonly string[]): Promise<Ended> {
  return bgdeploy(words, { cwd: join(directory, "project"), env: { HOME: directory } });
}

function writeConfig(...lines: readonly string[]): void {
  const head =
    'import { defineConfig, parseDuration, Secret } from "bgdeploy";\nimport { deploy } from "bgdeploy/recipes";\n';
  writeFileSync(join(directory, "project/deploy.config.ts"), head + lines.join("\n"));
}

test("the built program says what the sources say", async () => {
  writeConfig(
    'const app = { app: "shop", version: "v1", env: { TOKEN: new Secret("a-long-word") }, tasks: deploy() };',
    'export default defineConfig({ ...app, stages: { production: { hosts: ["web1"] } } });',
  );
  for (const words of [["--version"], ["--help"], ["unit", "production"], ["tasks", "production"], ["env", "nowhere"]])
    assert.equal(await built(words), await fromSource(words));
});

test("an error in the config is told with its line, by the built program too", async () => {
  writeConfig('parseDuration("1s");', "throw new TypeError(`no ${Secret.name}`);");
  const said = await built(["unit", "production"]);
  assert.equal(said, await fromSource(["unit", "production"]));
  assert.match(said.stderr, "deploy.config.ts:4:7: TypeError: no Secret");
});

// A file costs a start half a millisecond, and the built-in modules that an `import` reads wholly several.
test("the built program loads few files before its first ssh", async () => {
  writeConfig(
    'export default defineConfig({ app: "shop", version: "v1", stages: { production: { hosts: ["web1"] } } });',
  );
  const least = ["bin/bgdeploy", "lib/chunks/main", "lib/chunks/start", "lib/chunks/world"];
  assert.equal(await loadedFor("--version"), least);
  assert.equal(await loadedFor("--help"), least);
  assert.equal(await loadedFor("run", "production"), [
    "bin/bgdeploy",
    "lib/chunks/carry-out",
    "lib/chunks/config",
    "lib/chunks/connect",
    "lib/chunks/main",
    "lib/chunks/refuse",
    "lib/chunks/run",
    "lib/chunks/start",
    "lib/chunks/world",
    "lib/index",
    "recipes/index",
  ]);
});

/** The files of the package that are loaded, without their extension. */
async function loadedFor(...words: readonly string[]): Promise<readonly string[]> {
  const tell = `import { registerHooks } from "node:module";
    registerHooks({ load: (url, context, next) => (process.stderr.write("loads " + url + "\\n"), next(url, context)) });`;
  const { stderr } = await built(words, ["--import", `data:text/javascript,${encodeURIComponent(tell)}`]);
  return [...stderr.matchAll(/^loads .*\/dist\/(.*)\.js$/gm)].map(([, name = ""]) => name).toSorted();
}

test.run();
