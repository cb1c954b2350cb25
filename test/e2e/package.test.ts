import { cp, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Ended } from "../support/bgdeploy.ts";
import { program } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { served } from "../support/hosts.ts";
import { npmEnv } from "../support/npm.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const builtFrom = ["package.json", "tsconfig.json", "tsconfig.build.json", "rolldown.config.ts"];
const packed = ["bin", "host", "lib", "recipes", "LICENSE", ...builtFrom];
const env = { ...npmEnv, PATH: `${dirname(process.execPath)}:${process.env["PATH"]}` };

const test = labSuite("package");
let scene: Scene;
let copy: string;
test.before(async () => {
  scene = await aScene("package");
  // A copy is packed: `npm pack` builds into `dist`, where others may be at work.
  copy = await mkdtemp(join(tmpdir(), "bgdeploy-pack-"));
  for (const name of packed) await cp(join(repository, name), join(copy, name), { recursive: true });
  await symlink(join(repository, "node_modules"), join(copy, "node_modules"));
});
test.after(async () => {
  await rm(copy, { recursive: true, force: true });
  await scene.end();
});

const npm = (directory: string, ...words: readonly string[]): Promise<Ended> =>
  program(["npm", ...words], { cwd: directory, env });

test("the tarball, installed in an empty project whose config imports bgdeploy, deploys with `npx bgdeploy run production`", async () => {
  succeeded(await npm(copy, "pack", "--silent"));
  const [tarball = ""] = (await readdir(copy)).filter((name) => name.endsWith(".tgz"));
  const { directory } = scene.project;
  await writeFile(
    join(directory, "package.json"),
    JSON.stringify({ name: "link-shortener", version: "3.1.4", private: true }),
  );
  succeeded(await npm(directory, "install", "--prefer-offline", "--omit=dev", "--no-save", join(copy, tarball)));

  const run = succeeded(
    await program(["npx", "--no-install", "bgdeploy", "run", "production"], { cwd: directory, env }),
  );
  assert.match(run.stdout, "3.1.4 is live on private-h1.");
  assert.match(await served(scene.lab, "h1"), " blue");
});

test("the tarball holds what is run and its types, and neither sources nor tests", async () => {
  const [tarball = ""] = (await readdir(copy)).filter((name) => name.endsWith(".tgz"));
  const { stdout } = succeeded(await program(["tar", "-tzf", tarball], { cwd: copy }));
  const others = stdout
    .trimEnd()
    .split("\n")
    .filter((path) => !/^package\/dist\/(bin|host|lib|recipes)\/.*\.(js|d\.ts)$/.test(path));
  assert.equal(others.toSorted(), ["package/LICENSE", "package/package.json"]);
});

test.run();
