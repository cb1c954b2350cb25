import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import { program } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, succeeded } from "../support/e2e.ts";
import { filesOn, said, served, stateOf, withoutTimes } from "../support/hosts.ts";

const test = labSuite("release files");
let scene: Scene;
test.before(async () => {
  scene = await aScene("release-files", { machines: 3 });
});
test.after(() => scene.end());

const onAll = <T>(ask: (host: string) => Promise<T>): Promise<readonly T[]> => Promise.all(scene.hosts.map(ask));
const thrice = <T>(value: T): readonly T[] => [value, value, value];
const unitFile = "/etc/systemd/system/link-shortener@.service";

test("S3: a first deploy goes to blue on every host, and takes the traffic", async () => {
  succeeded(await scene.project.deploy("v1"));
  assert.equal(await onAll((host) => served(scene.lab, host)), thrice("v1 blue"));
  const { traffic: _, ...state } = await stateOf(scene.lab, "h1");
  assert.equal(JSON.parse(withoutTimes(JSON.stringify(state))), {
    links: { current: "TIME-v1", blue: "TIME-v1", green: "none" },
    variant: "blue",
    backend: "server 127.0.0.1:8001;",
    units: { blue: "active, enabled", green: "inactive, disabled" },
  });
});

test("S3, S5, S6, S8: the second goes to green, which nginx then names, and blue stops, now and at boot", async () => {
  succeeded(await scene.project.deploy("v2"));
  assert.equal(await onAll((host) => served(scene.lab, host)), thrice("v2 green"));
  const { traffic: _, ...state } = await stateOf(scene.lab, "h2");
  assert.equal(JSON.parse(withoutTimes(JSON.stringify(state))), {
    links: { current: "TIME-v2", blue: "TIME-v1", green: "TIME-v2" },
    variant: "green",
    backend: "server 127.0.0.1:8002;",
    units: { blue: "inactive, disabled", green: "active, enabled" },
  });
  assert.is(
    await said(scene.lab, "h2", "cd /opt/link-shortener; cat backend.conf; cat backends.conf"),
    "server 127.0.0.1:8002;\n".repeat(2),
  );
});

test("S1, S2, S3, S5, S7, S8: the files on every host are those of the spec, and our .bgdeploy", async () => {
  const inReleases = /^\S+ \S+ \S+ versions\/TIME-v\d\//;
  const files = await onAll(async (host) => {
    const all = await filesOn(scene.lab, host, "/opt/link-shortener", withoutTimes);
    return all.filter((line) => !inReleases.test(line));
  });
  const expected = [
    "d 0700 deploy:www-data .bgdeploy",
    "f 0644 deploy:deploy .bgdeploy/committed",
    "f 0644 deploy:deploy .bgdeploy/hold",
    "d 0700 deploy:www-data .bgdeploy/hooks",
    "f 0600 deploy:deploy .bgdeploy/journal.ndjson",
    "f 0644 deploy:deploy .bgdeploy/proven",
    "d 0700 deploy:www-data .bgdeploy/releases",
    "f 0600 deploy:deploy .bgdeploy/releases/TIME-v1.env",
    "f 0600 deploy:deploy .bgdeploy/releases/TIME-v1.json",
    "f 0600 deploy:deploy .bgdeploy/releases/TIME-v1.service",
    "f 0600 deploy:deploy .bgdeploy/releases/TIME-v1.sha256",
    "f 0600 deploy:deploy .bgdeploy/releases/TIME-v1.tree",
    "f 0600 deploy:deploy .bgdeploy/releases/TIME-v2.env",
    "f 0600 deploy:deploy .bgdeploy/releases/TIME-v2.json",
    "f 0600 deploy:deploy .bgdeploy/releases/TIME-v2.service",
    "f 0600 deploy:deploy .bgdeploy/releases/TIME-v2.sha256",
    "f 0600 deploy:deploy .bgdeploy/releases/TIME-v2.tree",
    "f 0644 deploy:deploy .bgdeploy/reserve",
    "f 0644 deploy:deploy .bgdeploy/workers",
    "f 0644 deploy:deploy backend.conf",
    "l 0777 deploy:deploy backends.conf -> backend.conf",
    "f 0600 deploy:deploy environment-blue",
    "f 0600 deploy:deploy environment-green",
    "f 0644 deploy:deploy variant",
    "d 0755 deploy:www-data versions",
    "d 0755 deploy:www-data versions/TIME-v1",
    "d 0755 deploy:www-data versions/TIME-v2",
    "l 0777 deploy:deploy versions/current -> TIME-v2",
    "l 0777 deploy:deploy versions/current-blue -> TIME-v1",
    "l 0777 deploy:deploy versions/current-green -> TIME-v2",
  ];
  assert.equal(files, thrice(expected));
  assert.is(await said(scene.lab, "h3", `stat -c '%F %a %U:%G' ${unitFile}`), "regular file 644 root:root\n");
});

test("a release belongs to the group of the config, which nginx runs in", async () => {
  assert.equal(
    await onAll((host) => said(scene.lab, host, "stat -c %U:%G /opt/link-shortener/versions/current/package.json")),
    thrice("deploy:www-data\n"),
  );
});

test("S1: a release is a copy of dist, byte for byte, with its modes", async () => {
  const sums =
    "find . -type f -exec sha256sum {} + | LC_ALL=C sort -k 2; find . -printf '%y %04m %P\\n' | LC_ALL=C sort -k 3";
  const { stdout } = await program(["bash", "-c", sums], { cwd: `${scene.project.directory}/dist` });
  assert.equal(
    await onAll((host) => said(scene.lab, host, `cd /opt/link-shortener/versions/current/ && ${sums}`)),
    thrice(stdout),
  );
});

test("S2: the unit is written only where it differs, and is then what `bgdeploy unit` prints", async () => {
  const look = (): Promise<string> => said(scene.lab, "h1", `stat -c '%i %y' ${unitFile}`);
  const before = await look();
  succeeded(await scene.project.deploy("v3"));
  assert.is(await look(), before);

  await scene.project.write({ settings: `unit: { Service: { StateDirectory: "link-shortener", MemoryMax: "1G" } },` });
  succeeded(await scene.project.deploy("v4"));
  assert.is.not(await look(), before);
  const { stdout } = await scene.project.run("unit", "production");
  assert.equal(await onAll((host) => said(scene.lab, host, `cat ${unitFile}`)), thrice(stdout));
  assert.is(await said(scene.lab, "h1", "systemctl show -p MemoryMax --value link-shortener@green"), `${2 ** 30}\n`);
});

test("S1: the version names the release, by default as git describes it", async () => {
  await scene.project.build("v5");
  const { directory } = scene.project;
  const commit =
    "git init -q && git -c user.name=t -c user.email=t@t.example commit -q --allow-empty -m first && git -c user.name=t -c user.email=t@t.example tag -a -m 5 v5.0";
  await program(["bash", "-c", commit], { cwd: directory });
  succeeded(await scene.project.run("run", "production"));
  const { links } = await stateOf(scene.lab, "h1");
  assert.is(withoutTimes(links["current"] ?? ""), "TIME-v5.0");
});

test("links that lead out are sent as what they lead to, or kept for what the host has there", async () => {
  const { directory } = scene.project;
  await scene.project.build("v6");
  const text = `mkdir -p shared/ui/deep dist/extra && echo ui >shared/ui/deep/a.txt && ln -s deep/a.txt shared/ui/b.txt && ln -s ../../shared/ui dist/extra/ui
    ln -s "$PWD/dist/VERSION" dist/extra/version && ln -s ../VERSION dist/extra/inside`;
  await program(["bash", "-ec", text], { cwd: directory });
  await scene.project.write({ hosts: ["private-h1"], settings: `tasks: deploy({ upload: { links: "follow" } }),` });
  const { stdout } = succeeded(await scene.project.run("run", "production", "--version", "v6"));
  assert.match(
    stdout,
    `Symlinks sent as the files they point to: extra/ui (${directory}/shared/ui), extra/version (${directory}/dist/VERSION)`,
  );
  const files = `cd /opt/link-shortener/versions/current/extra && cat ui/b.txt version && find ui version inside -printf '%P %y %l\\n' | LC_ALL=C sort`;
  assert.equal((await said(scene.lab, "h1", files)).trimEnd().split("\n"), [
    "ui",
    "v6",
    " d ",
    " f ",
    " l ../VERSION",
    "b.txt l deep/a.txt",
    "deep d ",
    "deep/a.txt f",
  ]);
  await said(scene.lab, "h1", "cd /opt/link-shortener/.bgdeploy/releases && test -s $(ls -t *-v6.tree)");

  await scene.project.build("v7");
  await program(["ln", "-s", "/var/lib/link-shortener", "dist/storage"], { cwd: directory });
  await scene.project.write({ hosts: ["private-h1"], settings: `tasks: deploy({ upload: { links: "keep" } }),` });
  succeeded(await scene.project.run("run", "production", "--version", "v7"));
  assert.is(
    await said(scene.lab, "h1", "readlink /opt/link-shortener/versions/current/storage"),
    "/var/lib/link-shortener\n",
  );
  // And the one after shares files with such a release.
  await scene.project.write({ hosts: ["private-h1"] });
  succeeded(await scene.project.deploy("v8"));
  assert.is(await served(scene.lab, "h1"), "v8 green");
});

test.run();
