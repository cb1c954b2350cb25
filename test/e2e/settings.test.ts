import { writeFile } from "node:fs/promises";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { filesOn, said, withoutTimes } from "../support/hosts.ts";
import type { Project } from "../support/project.ts";
import { aProject } from "../support/project.ts";

/** A service that tells its arguments, as CommonJS without a package.json. */
const program = `#!/usr/bin/env node
const answer = JSON.stringify({ words: process.argv.slice(2), user: require("os").userInfo().username, home: process.env.PLTUSERHOME });
require("http").createServer((_, response) => response.end(answer)).listen(process.env.SHOP_WEB_HTTP_PORT, process.env.SHOP_WEB_HTTP_HOST);
`;
const flags = ["--share", "50% of $HOME", `it's "x" \\ y`];

const test = labSuite("settings");
let scene: Scene;
let shop: Project;
test.before(async () => {
  scene = await aScene("settings", { settings: `domain: "links.example",` });
  await said(scene.lab, "h1", "useradd --system runner; useradd --system owner; groupadd readers");
  const settings = `
      app: "shop",
      destination: "/srv/apps/shop-1",
      exec: { name: "serve", flags: ${JSON.stringify(flags)}, user: "runner" },
      user: "owner",
      group: "readers",
      envPrefix: "SHOP_WEB",
      ports: { blue: 8201, green: 8202 },
      domain: "shop.example",
      unit: {},
      health: {},`;
  shop = await aProject({ lab: scene.lab, name: "directory-name", settings });
});
test.after(async () => {
  await shop.remove();
  await scene.end();
});

const visitAs = (name: string, path: string): Promise<string> =>
  said(scene.lab, "h1", `curl -sS -H 'Host: ${name}' localhost${path}`);

test("S9: the app is named as the directory, and lives in /opt/<app>", async () => {
  succeeded(await scene.project.deploy("v1"));
  assert.match(await visitAs("links.example", "/healthz"), '"version":"v1","variant":"blue"');
  assert.is(
    withoutTimes(await said(scene.lab, "h1", "readlink -f /opt/link-shortener/versions/current")),
    "/opt/link-shortener/versions/TIME-v1\n",
  );
});

test("a dist without the executable is refused, and named", async () => {
  assert.match(ended(await shop.deploy("v1"), 2).stderr, "bin/serve");
});

test("S9: name, destination, executable, its flags and user, group and prefix are the config's; a second app stands beside the first", async () => {
  await writeFile(`${shop.directory}/dist/bin/serve`, program, { mode: 0o755 });
  await writeFile(`${shop.directory}/dist/package.json`, "{}");
  succeeded(await shop.run("setup", "production", "--as", "root", "--yes"));
  succeeded(await shop.run("run", "production", "--version", "v1"));
  assert.equal(JSON.parse(await visitAs("shop.example", "/")), {
    words: flags,
    user: "runner",
    home: "/srv/apps/shop-1",
  });
  assert.match(await visitAs("links.example", "/healthz"), '"version":"v1","variant":"blue"');
  const top = await filesOn(scene.lab, "h1", "/srv/apps/shop-1", withoutTimes);
  assert.equal(
    top.filter((line) => !/ (\.bgdeploy|versions)\//.test(line)),
    [
      "d 0700 deploy:readers .bgdeploy",
      "f 0644 deploy:deploy backend.conf",
      "l 0777 deploy:deploy backends.conf -> backend.conf",
      "f 0600 deploy:deploy environment-blue",
      "f 0644 deploy:deploy variant",
      "d 0755 deploy:readers versions",
    ],
  );
  assert.is(await said(scene.lab, "h1", "systemctl is-active shop@blue link-shortener@blue"), "active\nactive\n");
});

test("files that cannot be given to `user` without root are said to be the ssh user's", async () => {
  const { stdout } = succeeded(await shop.run("run", "production", "--version", "v2"));
  const warnings = stdout.split("\n").flatMap((line) => /warning: .*/.exec(line)?.[0] ?? []);
  assert.equal(warnings, [
    "warning: the files belong to deploy, not to `user` owner: only root could change the owner",
  ]);
});

test.run();
