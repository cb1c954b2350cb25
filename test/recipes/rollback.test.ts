import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { rawLine } from "../../lib/model/shell.ts";
import type { Target } from "../../lib/model/target.ts";
import type { Task } from "../../lib/model/task.ts";
import { sumOf } from "../../lib/config/sum.ts";
import { rollback } from "../../recipes/index.ts";
import { recordFiles, recordRun } from "../../recipes/record.ts";
import { withDirectory } from "../remote/support/bash.ts";
import { aTarget, newRelease } from "../support/target.ts";
import type { Ran } from "./support/bash.ts";
import { makeStubs, runInBash } from "./support/bash.ts";
import { linesOf, undoOf } from "./support/lines.ts";

const [unit, restore] = rollback();

/** A host whose slot files, unit and records stand below a directory of this machine. The idle variant is green. */
type Scene = {
  readonly target: Target;
  /** Runs the shell commands of a task, or of its undo, and gives what systemctl was asked for. */
  readonly run: (task: Task | undefined, undo?: "undo") => Promise<string>;
  /** The same, with how it ended. */
  readonly fails: (task: Task | undefined, undo?: "undo") => Promise<Ran>;
  readonly inode: (path: string) => number;
};

async function withScene(use: (scene: Scene) => Promise<void>): Promise<void> {
  await withDirectory(async (directory) => {
    const made = aTarget({ live: "blue", app: { destination: directory }, facts: { sudo: { kind: "root" } } });
    const target = { ...made, layout: { ...made.layout, unit: join(directory, "shop@.service") } };
    mkdirSync(join(target.layout.state, "releases"), { recursive: true });
    const stubs = makeStubs({ systemctl: `echo "$*"` });
    try {
      const fails = (task: Task | undefined, undo?: "undo"): Promise<Ran> => {
        const commands =
          undo === undefined ? task?.commands(target) : typeof task?.undo === "function" ? task.undo(target) : [];
        return runInBash(
          (commands ?? []).filter(({ kind }) => kind === "shell"),
          stubs,
        );
      };
      await use({
        target,
        fails,
        run: async (task, undo) => {
          const ran = await fails(task, undo);
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

test("a release that ran with a socket gets that of its slot; a variable of the user's is left as it is", () =>
  withScene(async ({ target: made }) => {
    const target = { ...made, app: { ...made.app, listen: "socket" as const } };
    const { layout } = target;
    const own = (variant: string): string =>
      `SOCKET="/run/shop/${variant}/app.sock"\nPLTUSERHOME="/opt/shop"\nSHOP_VARIANT="${variant}"\nMY_PORT="1"\nMY_SOCKET="2"\n`;
    writeFileSync(layout.record(newRelease.id).environment, own("blue"));
    const commands = (restore?.commands(target) ?? []).filter(({ kind }) => kind === "shell");
    assert.is((await runInBash(commands)).status, 0);
    assert.is(readFileSync(layout.environment("green"), "utf8"), own("green"));
  }));

test("a release of another tool has no record: its slot's environment stays", () =>
  withScene(async ({ target: { layout }, run }) => {
    writeFileSync(layout.environment("green"), "A=1\n");
    await run(restore);
    await run(restore, "undo");
    assert.is(readFileSync(layout.environment("green"), "utf8"), "A=1\n");
  }));

const ports = "\n[X-Bgdeploy]\nPorts=8001 8002\n";

test("the unit that it ran with is installed where it differs, and the former one with the undo", () =>
  withScene(async ({ target: { layout }, run, inode }) => {
    const { unit: record, sums } = layout.record(newRelease.id);
    const write = (text: string): void => {
      writeFileSync(record, text);
      writeFileSync(sums, `${sumOf(text)}  ${newRelease.id}.service\n`);
    };
    writeFileSync(layout.unit, `[Service]\nExecStart=/new\n${ports}`);
    assert.is(await run(unit), "", "there is no record");
    write(`[Service]\nExecStart=/new\n${ports}`);
    const before = inode(layout.unit);
    assert.is(await run(unit), "");
    assert.is(await run(unit, "undo"), "");
    assert.is(inode(layout.unit), before);
    for (const former of ["", "\n[X-Bgdeploy]\nPorts=7001 7002\n"]) {
      write(`[Service]\nExecStart=/old\n${former}`);
      assert.is(await run(unit), "daemon-reload\n");
      assert.is(readFileSync(layout.unit, "utf8"), `[Service]\nExecStart=/old\n${ports}`, "with the ports of now");
      assert.is(await run(unit, "undo"), "daemon-reload\n");
      assert.is(readFileSync(layout.unit, "utf8"), `[Service]\nExecStart=/new\n${ports}`);
    }
    assert.is(await run(unit, "undo"), "", "a second time changes nothing");
  }));

const planted = "[Service]\nExecStartPre=+/tmp/evil\n";
const advice = "Choose another release with --to (`bgdeploy releases` lists them), or deploy: `bgdeploy run`\n";

test("a recorded unit or environment that was changed is not restored, and nothing is changed", () =>
  withScene(async ({ target, fails }) => {
    const { layout } = target;
    const record = layout.record(newRelease.id);
    const files = recordFiles(layout, newRelease.id, rawLine(environment(8001, "blue", "")), rawLine("[Service]\n"));
    const changes: readonly (() => void)[] = [
      () => writeFileSync(record.unit, planted),
      () => writeFileSync(record.environment, "LD_PRELOAD=/tmp/evil\n"),
      () => rmSync(record.environment),
      () => writeFileSync(record.sums, ""),
    ];
    writeFileSync(layout.unit, "[Service]\nExecStart=/new\n");
    for (const change of changes) {
      for (const file of files) if (file.kind === "write") writeFileSync(file.path, file.content.raw);
      writeFileSync(layout.unit, "[Service]\nExecStart=/new\n");
      change();
      const { status, output } = await fails(unit);
      assert.is(status, 1);
      assert.is(
        output,
        `${record.sums} does not match the recorded environment and unit: they were changed after ${newRelease.id} ran\n${advice}`,
      );
      assert.is(readFileSync(layout.unit, "utf8"), "[Service]\nExecStart=/new\n");
    }
  }));

test("what another user can have written is not restored, whatever its sums are: a link, a writable file, a writable directory", () =>
  withScene(async ({ target, fails }) => {
    const { layout } = target;
    const record = layout.record(newRelease.id);
    const because = "so another user could have written what would be restored";
    const put = (): void => {
      rmSync(record.unit, { force: true });
      writeFileSync(record.unit, planted, { mode: 0o600 });
      writeFileSync(record.sums, `${sumOf(planted)}  ${newRelease.id}.service\n`, { mode: 0o600 });
    };
    const cases: readonly (readonly [change: () => void, why: string])[] = [
      [() => chmodSync(record.unit, 0o666), `other users may write to ${record.unit}`],
      [() => chmodSync(dirname(record.unit), 0o777), `other users may write to ${dirname(record.unit)}`],
      [
        () => {
          chmodSync(dirname(record.unit), 0o700);
          renameSync(record.unit, `${record.unit}.real`);
          symlinkSync(`${record.unit}.real`, record.unit);
        },
        `${record.unit} is a symlink`,
      ],
    ];
    for (const [change, why] of cases) {
      put();
      change();
      const { status, output } = await fails(unit);
      assert.is(output, `${why}, ${because}\n${advice}`);
      assert.is(status, 1);
      assert.not.ok(existsSync(layout.unit));
    }
  }));

test("of a release without sums the records are restored, with a warning", () =>
  withScene(async ({ target, run }) => {
    const { layout } = target;
    writeFileSync(layout.record(newRelease.id).unit, "[Service]\nExecStart=/old\n");
    assert.match(
      await run(unit),
      `no checksums were recorded for ${newRelease.id}, which an earlier bgdeploy deployed`,
    );
    assert.is(readFileSync(layout.unit, "utf8"), `[Service]\nExecStart=/old\n${ports}`);
  }));

test("what a restart records fits its sums", () =>
  withScene(async ({ target, fails, run }) => {
    const { layout } = target;
    writeFileSync(layout.environment("green"), environment(8002, "green", 'A="1"\n'));
    writeFileSync(layout.unit, `[Service]\nExecStart=/new\n${ports}`);
    const { status, output } = await runInBash([recordRun(layout, newRelease.id, "green")]);
    assert.is(`${status}${output}`, "0");
    assert.is(await run(unit), "");
    writeFileSync(layout.record(newRelease.id).environment, "A=2\n");
    assert.is((await fails(unit)).status, 1);
  }));

test("an undo installs no unit that another user can have written", () =>
  withScene(async ({ target, fails }) => {
    const { layout } = target;
    writeFileSync(layout.unit, "[Service]\nExecStart=/new\n");
    const kept = join(layout.state, "rollback.unit.before");
    writeFileSync(kept, planted);
    chmodSync(kept, 0o666);
    const { status, output } = await fails(unit, "undo");
    assert.is(status, 1);
    assert.match(output, `other users may write to ${kept}, so another user could have written what would be restored`);
    assert.is(readFileSync(layout.unit, "utf8"), "[Service]\nExecStart=/new\n");
  }));

test.run();
