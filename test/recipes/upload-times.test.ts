import { chmodSync, mkdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { rsyncWords, runRsync } from "../../lib/remote/rsync.ts";
import { upload } from "../../recipes/index.ts";
import { aTarget, newRelease, oldRelease } from "../support/target.ts";
import { withDirectory } from "../remote/support/bash.ts";
import { runInBash } from "./support/bash.ts";

const old = new Date("2025-05-01T00:00:00Z");
const plain = ["a b", "-x", "it's", "#", "$x `id`", "c:sent:d", "*", "back\\slash", "] :sent:"];
/** rsync writes these, or what looks like its writing of them, with a backslash and a hash. */
const odd = ["tab\there", "line\nbreak", "ä 😀", "a\\#012b", "\\#"];

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Sends a build to a directory of this machine, and gives back the times of its files. */
async function sent(directory: string, names: readonly string[], changed: readonly string[]): Promise<readonly Date[]> {
  const [send] = upload();
  const target = aTarget({ live: "blue", app: { destination: directory, dist: `${directory}/dist` } });
  const { layout } = target;
  for (const name of names) {
    put(join(directory, "dist", name), "same");
    put(join(layout.release(oldRelease.id), name), changed.includes(name) ? "former" : "same");
    utimesSync(join(layout.release(oldRelease.id), name), old, old);
  }
  const rsh = join(directory, "rsh");
  writeFileSync(rsh, '#!/bin/bash\nshift; exec sh -c "$*"\n');
  chmodSync(rsh, 0o755);
  const commands = send?.commands(target) ?? [];
  const at = commands.findIndex(({ kind }) => kind === "upload");
  const command = commands[at];
  assert.ok(command?.kind === "upload");
  const before = await runInBash(commands.slice(0, at).filter(({ kind }) => kind === "shell"));
  assert.is(before.status, 0, before.output);
  const owner = { asRoot: false, user: "root", group: "root" };
  await runRsync("h1", rsyncWords(command, "h1", [rsh], owner), () => {});
  const after = await runInBash(commands.slice(at + 1, at + 2));
  assert.equal([after.status, after.output], [0, ""]);
  return names.map((name) => statSync(join(layout.partial(newRelease.id), name)).mtime);
}

for (const [kind, some] of Object.entries({ plain, odd })) {
  test(`files with ${kind} names that were sent get the time of the release; shared ones keep theirs`, () =>
    withDirectory(async (directory) => {
      mkdirSync(join(directory, ".bgdeploy"));
      const names = [...some.map((name) => `kept/${name}`), ...some.map((name) => `changed/${name}`)];
      const times = await sent(directory, names, names.slice(some.length));
      const expected = names.map((name) => (name.startsWith("kept") ? old : new Date(newRelease.time)));
      assert.equal(times, expected);
    }));
}

test("where nothing was sent, and where much was, it is so, too", async () => {
  await withDirectory(async (directory) => {
    mkdirSync(join(directory, ".bgdeploy"));
    assert.equal(await sent(directory, ["a", "b"], []), [old, old]);
  });
  await withDirectory(async (directory) => {
    mkdirSync(join(directory, ".bgdeploy"));
    const names = Array.from({ length: 300 }, (_, index) => `${index}`);
    const times = await sent(directory, names, names.slice(1));
    assert.equal(times, [old, ...names.slice(1).map(() => new Date(newRelease.time))]);
  });
});

test.run();
