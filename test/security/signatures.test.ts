import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { Store } from "../downloads/support/store.ts";
import { aStore, downloading } from "../downloads/support/store.ts";
import { labSuite } from "../lab/suite.ts";
import type { Ended } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { said, served } from "../support/hosts.ts";

const test = labSuite("security: signed archives");
let scene: Scene;
let store: Store;

test.before(async () => {
  scene = await aScene("signatures");
  store = await aStore(scene.lab, scene.project);
  for (const name of ["release", "mallory"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path(name)]);
  }
  mkdirSync(path("infra"));
  const key = readFileSync(path("release.pub"), "utf8");
  writeFileSync(path("infra/allowed_signers"), `release@shop.example namespaces="bgdeploy" ${key}`);
});

test.after(async () => {
  await store.close();
  await scene.end();
});

const path = (name: string): string => join(scene.project.directory, name);

function sign(offered: string, key = "release", namespace = "bgdeploy"): string {
  const [, sum = ""] = /sha256: "(\w+)"/.exec(offered) ?? [];
  return execFileSync("ssh-keygen", ["-q", "-Y", "sign", "-f", path(key), "-n", namespace], {
    input: `${sum}\n`,
    stdio: ["pipe", "pipe", "ignore"],
    encoding: "utf8",
  });
}

async function run(offered: string, signature: string, version: string, verb = "run"): Promise<Ended> {
  const signed = `signature: ${JSON.stringify(signature)}, signers: "infra/allowed_signers"`;
  await scene.project.write({ settings: downloading(`${offered}, ${signed}`) });
  return scene.project.run(verb, "production", "--version", version);
}

/** What is served, and everything below the destination, but for what holds the lock. */
async function state(): Promise<string> {
  return `${await served(scene.lab, "h1")}\n${await said(scene.lab, "h1", "cd /opt/link-shortener; find . ! -path ./.bgdeploy ! -path ./.bgdeploy/hold -newer /opt/mark | sort")}`;
}

async function refused(how: () => Promise<Ended>, why: RegExp): Promise<void> {
  await scene.lab.exec("h1", "touch /opt/mark");
  const before = await state();
  const asked = store.seen.length;
  const { stdout, stderr } = ended(await how(), 2);
  assert.match(`${stdout}${stderr}`, why);
  assert.not.match(`${stdout}${stderr}`, /bug in bgdeploy/);
  assert.is(store.seen.length, asked, "the archive was not asked for");
  assert.is(await state(), before);
}

test("an archive is deployed whose sum a key of the repository has signed, given as a text or as a file", async () => {
  const first = await store.offer("v1");
  succeeded(await run(first, sign(first), "v1"));
  const second = await store.offer("v2");
  writeFileSync(path("v2.sig"), sign(second));
  succeeded(await run(second, "v2.sig", "v2"));
  assert.match(await served(scene.lab, "h1"), "v2");
});

test("who swaps archive and sum, and has no key, changes nothing", async () => {
  const good = await store.offer("v3");
  const evil = await store.offer("evil");
  await refused(() => run(evil, sign(good), "v3"), /signature: it is not valid for the SHA-256 \w{64} \(/);
  await refused(() => run(evil, sign(good), "v3", "plan"), /signature: it is not valid for/);
});

test("nor who signs with another key, or leaves the signature away", async () => {
  const evil = await store.offer("evil");
  await refused(
    () => run(evil, sign(evil, "mallory"), "v3"),
    /it was not made with a key that infra\/allowed_signers allows/,
  );
  await refused(() => run(evil, "none.sig", "v3"), /signature: there is no file none\.sig/);
  await refused(async () => {
    const variable = `signature: () => process.env["NONE"] ?? "", signers: "infra/allowed_signers"`;
    await scene.project.write({ settings: downloading(`${evil}, ${variable}`) });
    return scene.project.run("run", "production", "--version", "v3");
  }, /signature: expected a signature of ssh-keygen or the path of one, found nothing/);
});

test("what the key has signed for something else does not open a deploy", async () => {
  const offered = await store.offer("v3");
  await refused(() => run(offered, sign(offered, "release", "git"), "v3"), /is not valid for/);
});

test("nobody else writes themselves into the allowed signers", async () => {
  const evil = await store.offer("evil");
  const key = readFileSync(path("mallory.pub"), "utf8");
  writeFileSync(path("infra/allowed_signers"), `mallory@shop.example ${key}`);
  chmodSync(path("infra/allowed_signers"), 0o666);
  await refused(
    () => run(evil, sign(evil, "mallory"), "v3"),
    /signers: \S+infra\/allowed_signers is not used: every user can write/,
  );
});

test("a task's script that every user can write is not brought to a host", async () => {
  await scene.project.write({
    settings: 'tasks: deploy({ beforeStart: [hooks.pre("migrate.sh")] }),',
    files: { "migrate.sh": "touch /tmp/was-run\n" },
  });
  await scene.project.build("v4");
  chmodSync(path("migrate.sh"), 0o666);
  await refused(
    () => scene.project.run("run", "production", "--version", "v4"),
    /tasks: \S+\/migrate\.sh is not used: every user can write/,
  );
});

test.run();
