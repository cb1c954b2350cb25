import { randomBytes } from "node:crypto";
import * as assert from "uvu/assert";
import { labSuite } from "../lab/suite.ts";
import type { Sight } from "../secrets/support/watch.ts";
import { watchProcesses } from "../secrets/support/watch.ts";
import type { Ended } from "../support/bgdeploy.ts";
import type { Scene } from "../support/e2e.ts";
import { aScene, ended, succeeded } from "../support/e2e.ts";
import { served } from "../support/hosts.ts";
import type { Store } from "./support/store.ts";
import { aStore, downloading, signature } from "./support/store.ts";

const test = labSuite("a signed URL and its headers");
const token = `Bearer ${randomBytes(12).toString("hex")}`;
let scene: Scene;
let store: Store;
let sights: readonly Sight[];
const outputs: Record<string, Ended> = {};

test.before(async () => {
  scene = await aScene("download-secrets", { hosts: ["h*"] });
  const { project, lab } = scene;
  store = await aStore(lab, project);
  const watches = await Promise.all([signature, token].map((needle) => watchProcesses(needle)));
  const run = (...words: readonly string[]): Promise<Ended> =>
    project.run(...words, "production", "--version", "v1", "--verbose");
  const write = (options: string, authorization = token): Promise<void> =>
    project.write({
      hosts: ["h*"],
      settings: downloading(`${options}, headers: { Authorization: ${JSON.stringify(authorization)} }`),
    });

  const options = await store.offer("v1", { authorization: token, rate: 100_000 });
  await write(options);
  outputs["plan"] = succeeded(await project.run("plan", "production", "--version", "v1", "--undo"));
  outputs["run"] = succeeded(await run("run"));
  await write(options.replace(/sha256: ".{4}/, 'sha256: "0000'));
  outputs["wrong sum"] = ended(await run("run"), 1);
  store.set("v1.tar.gz", { redirect: `${store.url("gone.tar.gz")}?${signature}` });
  outputs["led elsewhere"] = ended(await run("run"), 1);
  store.set("slow.tar.gz", { bytes: Buffer.alloc(100_000), rate: 50_000 });
  store.set("v1.tar.gz", { redirect: `${store.url("slow.tar.gz")}?${signature}` });
  outputs["led to other bytes"] = ended(await run("run"), 1);
  store.set("v1.tar.gz", { bytes: Buffer.alloc(50_000), cutAt: 10_000 });
  outputs["cut"] = ended(await run("run"), 1);
  // The shell itself fails, and not a program that it can name.
  await lab.exec("h1", "mv /usr/bin/sha256sum /usr/bin/away");
  outputs["broken host"] = ended(await run("run"), 1);
  await lab.exec("h1", "mv /usr/bin/away /usr/bin/sha256sum");
  await write(options.replace("?", " ?"));
  outputs["bad URL"] = ended(await run("run"), 2);
  await write(options.replace("//", `//user:${token.slice(7)}@`));
  outputs["userinfo"] = ended(await run("run"), 2);
  await write(options.replace(/sha256: "../, 'sha256: "'), "two\nlines");
  outputs["bad options"] = ended(await run("run"), 2);
  sights = await Promise.all(watches.map((watch) => watch.end()));
});
test.after(async () => {
  await store.close();
  await scene.end();
});

test("reach the storage", async () => {
  assert.is(await served(scene.lab, "h1"), "v1 blue");
  assert.is(store.seen[0]?.authorization, token);
  assert.match(store.seen[0]?.url ?? "", signature);
});

test("are in no output", () => {
  for (const [name, { stdout, stderr }] of Object.entries(outputs)) {
    assert.not.match(`${stdout}${stderr}`, "X-Amz", name);
    assert.not.match(`${stdout}${stderr}`, token.slice(7), name);
  }
  assert.match(
    outputs["bad options"]?.stderr ?? "",
    "sha256: expected 64 hexadecimal digits, found 62; headers.Authorization: may contain only ASCII characters and no line breaks",
  );
});

test("are in no command line here and on the host, and in no process's environment", () => {
  for (const { found, rounds, hosts } of sights) {
    assert.equal(found, []);
    assert.ok(rounds > 20 && hosts.includes("bash"), JSON.stringify({ rounds, hosts }));
  }
});

test("are in no file and no log of the host", async () => {
  for (const needle of [signature, token]) {
    const { stdout } = await scene.lab.exec(
      "h1",
      "cat >/dev/shm/needle; journalctl --sync; journalctl --no-pager -o export | grep -a -c -F -f /dev/shm/needle; grep -r -a -l -F -s -f /dev/shm/needle /opt /etc /home /root /tmp /var /run /srv; rm /dev/shm/needle",
      needle,
    );
    assert.is(stdout, "0\n");
  }
});

test.run();
