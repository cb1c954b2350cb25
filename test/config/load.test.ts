import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cosmiconfigsOwn, findConfig, loadConfig, loadStages } from "../../lib/config/load.ts";
import type { Files } from "./support/files.ts";
import { saidBy, withFiles } from "./support/files.ts";

const config =
  'export default { stages: { production: { hosts: ["a.example"] }, staging: { hosts: ["b.example"] } } };\n';

const found: readonly (readonly [title: string, Files, cwd: string, expected: string])[] = [
  ["in the current directory", { "deploy.config.ts": config }, "", "deploy.config.ts"],
  [
    "above, past a package.json",
    { "deploy.config.mjs": config, "a/package.json": "{}", "a/b/": "" },
    "a/b",
    "deploy.config.mjs",
  ],
  ["the nearest", { "deploy.config.ts": config, "a/deploy.config.js": config }, "a", "a/deploy.config.js"],
  ["TypeScript before JavaScript", { "deploy.config.js": config, "deploy.config.ts": config }, "", "deploy.config.ts"],
  ["an empty one, for its own message", { "deploy.config.ts": "" }, "", "deploy.config.ts"],
];

for (const [title, files, cwd, expected] of found) {
  test(`finds the config: ${title}`, async () => {
    await withFiles(files, async (home) => {
      assert.is(await findConfig({ cwd: join(home, cwd), home, env: {} }), join(home, expected));
    });
  });
}

test("looks no further than the repository and the home directory, and says where it looked", async () => {
  await withFiles({ "deploy.config.ts": config, "repo/.git/": "", "repo/a/": "", "home/me/": "" }, async (top) => {
    const advice = "Create one with `bgdeploy init`, or pass --config FILE.";
    assert.equal(await saidBy(findConfig({ cwd: join(top, "repo/a"), home: "/nowhere", env: {} }), top), [
      "there is no deploy.config.ts (or .mts, .js, .mjs) in DIR/repo/a or its parent directories up to DIR/repo.",
      advice,
    ]);
    assert.equal(await saidBy(findConfig({ cwd: join(top, "home/me"), home: join(top, "home/me"), env: {} }), top), [
      "there is no deploy.config.ts (or .mts, .js, .mjs) in DIR/home/me.",
      advice,
    ]);
  });
});

test("what cosmiconfig reads by itself is known", () => {
  const require = createRequire(import.meta.url);
  const { metaSearchPlaces } = require(join(dirname(require.resolve("cosmiconfig")), "defaults.js"));
  assert.equal(cosmiconfigsOwn.toSorted(), metaSearchPlaces.toSorted());
});

test("--config names another, from the current directory", async () => {
  await withFiles({ "x/other.ts": config }, async (home) => {
    assert.is(await findConfig({ cwd: home, home, env: {}, file: "x/other.ts" }), join(home, "x/other.ts"));
    assert.equal(await saidBy(findConfig({ cwd: home, home, env: {}, file: "none.ts" }), home), [
      'there is no config file "none.ts" (DIR/none.ts)',
    ]);
  });
});

test("loads, checks and resolves a config that imports bgdeploy, without node_modules", async () => {
  const typed = `import { defineConfig, hook } from "bgdeploy";
    export default defineConfig({
      app: "shop",
      sshConfig: "infra/ssh_config",
      pre: hook("migrate", () => {}),
      post: "announce.sh",
      stages: { production: { hosts: ["prod-*"] } } satisfies object,
    });`;
  const files = {
    "deploy.config.ts": typed,
    "infra/ssh_config": "Host prod-01 prod-02\n",
    "announce.sh": "",
    "sub/": "",
  };
  await withFiles(files, async (home) => {
    const loaded = await loadConfig({
      cwd: join(home, "sub"),
      home,
      env: {},
      stage: "production",
      overrides: { dist: "out" },
    });
    assert.equal(
      loaded.hosts.map(({ host, app }) => [host.name, app.dist]),
      [
        ["prod-01", join(home, "sub/out")],
        ["prod-02", join(home, "sub/out")],
      ],
    );
    assert.equal(loaded.ssh, {
      configFile: join(home, "infra/ssh_config"),
      flags: [],
      knownHosts: undefined,
      strictHostKeys: "accept-new",
    });
    assert.is(loaded.post, join(home, "announce.sh"));
  });
});

test("an ssh_config that is missing is said at its key", async () => {
  const written =
    'export default { app: "shop", stages: { production: { sshConfig: "infra/none", hosts: ["prod-*"] } } };';
  await withFiles({ "deploy.config.js": written }, async (home) => {
    assert.equal(await saidBy(loadConfig({ cwd: home, home, env: {}, stage: "production" }), home), [
      'stages.production.sshConfig: "infra/none" does not exist',
    ]);
  });
});

test("gives the stages' names, even of a config that is wrong elsewhere", async () => {
  await withFiles({ "deploy.config.ts": config.replace("stages", "helth: 1, stages") }, async (home) => {
    assert.equal(await loadStages({ cwd: home, home, env: {} }), ["production", "staging"]);
  });
});

test.run();
