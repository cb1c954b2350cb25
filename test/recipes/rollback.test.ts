import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Target } from "../../lib/model/target.ts";
import type { Task } from "../../lib/model/task.ts";
import { rollback } from "../../recipes/index.ts";
import { withDirectory } from "../remote/support/bash.ts";
import { aTarget, newRelease } from "../support/target.ts";
import { makeStubs, runInBash } from "./support/bash.ts";
import { linesOf, undoOf } from "./support/lines.ts";

const [unit, restore] = rollback();

/** A host whose slot files, unit and records stand below a directory of this machine. The idle variant is green. */
type Scene = {
  readonly target: Target;
  /** Runs the shell commands of a task, or of its undo, and gives what systemctl was asked for. */
  readonly run: (task: Task | undefined, undo?: "undo") => Promise<string>;
  readonly inode: (path: string) => number;
};

async function withScene(use: (scene: Scene) => Promise<void>): Promise<void> {
  await withDirectory(async (directory) => {
    const made = aTarget({ live: "blue", app: { destination: directory }, facts: { sudo: { kind: "root" } } });
    const target = { ...made, layout: { ...made.layout, unit: join(directory, "shop@.service") } };
    mkdirSync(join(target.layout.state, "releases"), { recursive: true });
    const stubs = makeStubs({ systemctl: `echo "$*"` });
    try {
      await use({
        target,
        run: async (task, undo) => {
          const commands =
            undo === undefined ? task?.commands(target) : typeof task?.undo === "function" ? task.undo(target) : [];
          const ran = await runInBash(
            (commands ?? []).filter(({ kind }) => kind === "shell"),
            stubs,
          );
          assert.is(ran.status, 0, ran.output);
          return ran.output;
        },
        inode: (path) => statSync(path).ino,
      });
    } finally {
      stubs.remove();
    }
  });
}

const environment = (port: number, variant: string, more: string): string =>
  `HOST="127.0.0.1"\nPORT="${port}"\nPLTUSERHOME="/opt/shop"\nSHOP_HTTP_HOST="127.0.0.1"\nSHOP_HTTP_PORT="${port}"\nSHOP_VARIANT="${variant}"\n${more}`;

test("the release is linked into the idle slot; where it stands there already, it is not", () => {
  const link = "/opt/shop/versions/current-green";
  const lines = linesOf(restore, aTarget({ live: "blue" }));
  assert.is(lines[1], `link ${link} → ${newRelease.id}`);
  assert.is(undoOf(restore, aTarget({ live: "blue" }))[0], `rm -f ${link}`);
  const there = linesOf(restore, aTarget({ live: "blue", facts: { links: { green: newRelease.id } } }));
  assert.equal(there, lines.toSpliced(1, 1));
});

test("an environment that is the one it ran with stays as it is", () =>
  withScene(async ({ target: { layout }, run, inode }) => {
    const path = layout.environment("green");
    // The record is of the other slot; a line of the user's may look like ours.
    const more = 'B="a  b"\n\nTEXT="it\'s \\"one\\" $x `y` *"\nMY_PORT="1"\n';
    writeFileSync(layout.record(newRelease.id).environment, environment(8001, "blue", more));
    writeFileSync(path, environment(8002, "green", more));
    const before = inode(path);
    await run(restore);
    assert.is(inode(path), before);
    assert.not.ok(existsSync(join(layout.state, "rollback.env.before")));
    await run(restore, "undo");
    assert.is(readFileSync(path, "utf8"), environment(8002, "green", more));
  }));

test("another environment is replaced, for its owner alone, and comes back with the undo", () =>
  withScene(async ({ target: { layout }, run }) => {
    const path = layout.environment("green");
    for (const former of [environment(8002, "green", 'KEY="new"\n'), environment(8002, "green", ""), undefined]) {
      writeFileSync(layout.record(newRelease.id).environment, environment(8001, "blue", 'KEY="old"\nMY_PORT="1"\n'));
      rmSync(path, { force: true });
      if (former !== undefined) writeFileSync(path, former);
      await run(restore);
      assert.is(readFileSync(path, "utf8"), environment(8002, "green", 'KEY="old"\nMY_PORT="1"\n'));
      assert.is(statSync(path).mode & 0o777, 0o600);
      await run(restore, "undo");
      assert.is(existsSync(path) ? readFileSync(path, "utf8") : undefined, former);
    }
  }));

test("a release of another tool has no record: its slot's environment stays", () =>
  withScene(async ({ target: { layout }, run }) => {
    writeFileSync(layout.environment("green"), "A=1\n");
    await run(restore);
    await run(restore, "undo");
    assert.is(readFileSync(layout.environment("green"), "utf8"), "A=1\n");
  }));

test("the unit that it ran with is installed where it differs, and the former one with the undo", () =>
  withScene(async ({ target: { layout }, run, inode }) => {
    const record = layout.record(newRelease.id).unit;
    writeFileSync(layout.unit, "[Service]\nExecStart=/new\n");
    assert.is(await run(unit), "", "there is no record");
    writeFileSync(record, "[Service]\nExecStart=/new\n");
    const before = inode(layout.unit);
    assert.is(await run(unit), "");
    assert.is(await run(unit, "undo"), "");
    assert.is(inode(layout.unit), before);
    writeFileSync(record, "[Service]\nExecStart=/old\n");
    assert.is(await run(unit), "daemon-reload\n");
    assert.is(readFileSync(layout.unit, "utf8"), "[Service]\nExecStart=/old\n");
    assert.is(await run(unit, "undo"), "daemon-reload\n");
    assert.is(readFileSync(layout.unit, "utf8"), "[Service]\nExecStart=/new\n");
    assert.is(await run(unit, "undo"), "", "a second time changes nothing");
  }));

test.run();
