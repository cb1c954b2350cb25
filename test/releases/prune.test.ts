import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, withoutTimes } from "../support/hosts.ts";
import { recorded } from "./support/host.ts";

const test = labSuite("what is pruned");
let scene: Scene;
test.before(async () => {
  scene = await aScene("pruned", { hosts: ["h*"], settings: `prune: { keep: 2 },` });
  succeeded(await scene.project.deploy("v1"));
});
test.after(() => scene.end());

const write = (settings: string): Promise<void> => scene.project.write({ hosts: ["h*"], settings });
const unhealthy = `health: { http: "/healthz", timeout: "1s" }, env: { ...example.env, LINK_SHORTENER_UNHEALTHY: "true" },`;

async function releases(): Promise<readonly string[]> {
  const names = withoutTimes(
    await said(scene.lab, "h1", "cd /opt/link-shortener/versions; find . -mindepth 1 -maxdepth 1 -printf '%P\\n'"),
  );
  return names
    .trimEnd()
    .split("\n")
    .filter((name) => !name.startsWith("current"))
    .toSorted();
}

/** Releases of `days` ago, with a status unless it is "". */
async function plant(
  all: Readonly<Record<string, { readonly days: number; readonly status?: string }>>,
): Promise<void> {
  for (const [version, { days, status }] of Object.entries(all)) {
    const id = `${new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 19).replaceAll(/[-:]/g, "_")}-${version}`;
    const record =
      status === undefined
        ? ""
        : `echo '{"id":"${id}","status":"${status}"}' >.bgdeploy/releases/${id}.json; chown deploy .bgdeploy/releases/${id}.json;`;
    await said(
      scene.lab,
      "h1",
      `cd /opt/link-shortener; ${record} mkdir versions/${id}; echo x >versions/${id}/file; chown -R deploy: versions/${id}`,
    );
  }
}

test("failed releases do not push out good ones, and are themselves deleted with their records", async () => {
  succeeded(await scene.project.deploy("v2"));
  await write(`prune: { keep: 2 }, ${unhealthy}`);
  for (const version of ["bad1", "bad2", "bad3"]) ended(await scene.project.deploy(version), 1);
  await write(`prune: { keep: 3 },`);
  succeeded(await scene.project.deploy("v3"));
  assert.equal(await releases(), ["TIME-v1", "TIME-v2", "TIME-v3"]);
  assert.equal(await recorded(scene.lab, "h1"), ["v1 previous", "v2 previous", "v3 live"]);
  assert.is(await said(scene.lab, "h1", "ls /opt/link-shortener/.bgdeploy/releases | grep -c bad || :"), "0\n");
});

test("nor do those that a killed run left staged, or half sent", async () => {
  await plant({ half: { days: 0, status: "staged" }, whole: { days: 0, status: "staged" } });
  await said(
    scene.lab,
    "h1",
    "cd /opt/link-shortener/versions && mkdir .2026_01_01T00_00_00-v0.partial && chown deploy .2026*",
  );
  await write(`prune: { keep: 2 },`);
  succeeded(await scene.project.deploy("v4"));
  assert.equal(await releases(), ["TIME-v3", "TIME-v4"]);
});

test("directories and files of others stay, whatever they are called", async () => {
  const strangers = [
    "2020_01_01T00_00_00",
    "2020_01_01T00_00_00-file",
    "backup 2020",
    "$(touch x)",
    "-rf",
    "2020-01-01T00:00:00-v1",
    "lost+found",
  ];
  await said(
    scene.lab,
    "h1",
    `cd /opt/link-shortener/versions; mkdir -- ${strangers
      .filter((name) => !name.endsWith("file"))
      .map((name) => `'${name}'`)
      .join(" ")}; echo mine >2020_01_01T00_00_00-file; chown -R deploy: .`,
  );
  await write(`prune: { keep: 1, olderThan: "1d" },`);
  succeeded(await scene.project.deploy("v5"));
  // The file has the name of a release, but is none. The previous release always stays.
  assert.equal(
    await releases(),
    ["TIME-v4", "TIME-v5", "TIME-file", ...strangers.filter((name) => !name.endsWith("file"))].toSorted(),
  );
  await said(
    scene.lab,
    "h1",
    `cd /opt/link-shortener/versions; rm -r -- ${strangers.map((name) => `'${name}'`).join(" ")}`,
  );
});

test("olderThan and keep together: what either gives up goes", async () => {
  await plant({
    old: { days: 20, status: "previous" },
    young: { days: 3, status: "previous" },
    younger: { days: 2, status: "previous" },
  });
  await write(`prune: { olderThan: "10d", keep: 4 },`);
  succeeded(await scene.project.deploy("v6"));
  assert.equal(await releases(), ["TIME-v4", "TIME-v5", "TIME-v6", "TIME-younger"]);
});

test("after a rollback the release to go back to stays, however old it is, and another rollback finds it", async () => {
  await write(`prune: { keep: 5 },`);
  succeeded(await scene.project.run("rollback", "production")); // v5 is live, v6 failed
  await write(`prune: { keep: 1 },`);
  succeeded(await scene.project.deploy("v7"));
  assert.equal(await releases(), ["TIME-v5", "TIME-v7"]);
  succeeded(await scene.project.run("rollback", "production"));
  assert.equal(await recorded(scene.lab, "h1"), ["v5 live", "v7 rolled-back"]);
});

test("after failed deploys into the other slot, the previous good release stays, and can be gone back to", async () => {
  succeeded(await scene.project.deploy("v8"));
  await write(`prune: { keep: 1 }, ${unhealthy}`);
  for (const version of ["bad4", "bad5"]) ended(await scene.project.deploy(version), 1);
  assert.equal(
    await releases(),
    ["TIME-bad4", "TIME-bad5", "TIME-v5", "TIME-v7", "TIME-v8"].filter((each) => each !== "TIME-v7"),
  );
  await write(`prune: { keep: 1 },`);
  succeeded(await scene.project.run("rollback", "production"));
  assert.ok((await recorded(scene.lab, "h1")).includes("v5 live"));
});

test("a dist of 40 days ago is no old release", async () => {
  await write(`prune: { olderThan: "30d" },`);
  await scene.project.build("v9");
  await said40(scene.project.directory);
  succeeded(await scene.project.run("run", "production", "--version", "v9"));
  succeeded(await scene.project.deploy("v10"));
  const left = await releases();
  assert.ok(left.includes("TIME-v9") && left.includes("TIME-v10"), left.join(" "));
});

async function said40(directory: string): Promise<void> {
  const { readdir, utimes } = await import("node:fs/promises");
  const then = new Date(Date.now() - 40 * 86_400_000);
  for (const file of await readdir(`${directory}/dist`, { recursive: true }))
    await utimes(`${directory}/dist/${file}`, then, then);
  await utimes(`${directory}/dist`, then, then);
}

test.run();
