import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { awaitUploadLine, heldLine, holdLine } from "../../lib/model/hold.ts";
import type { Layout } from "../../lib/model/layout.ts";
import { makeLayout } from "../../lib/model/layout.ts";
import { rawLine } from "../../lib/model/shell.ts";
import type { Left } from "../../lib/remote/lock.ts";
import { describeLeft, lockText, parseLockAnswer, runningText } from "../../lib/remote/lock.ts";
import { bash, withDirectory } from "./support/bash.ts";

const holder = { who: "ada", from: "laptop", since: "today", release: "v1", run: "run1", phase: "running" } as const;

/** The directories of an app whose lock a run has, and a shell line for that run. */
function withLayout(use: (layout: Layout, held: (text: string) => string) => Promise<void>): Promise<void> {
  return withDirectory(async (directory) => {
    const layout = makeLayout("shop", `${directory}/a place`);
    mkdirSync(layout.state, { recursive: true });
    writeFileSync(layout.lock, `${JSON.stringify(holder)}\n`);
    await use(layout, (text) => heldLine({ layout, run: "run1", what: "the hook" }, rawLine(text)).raw);
  });
}

/** What another run is told that asks for the lock. */
async function ask(layout: Layout): Promise<ReturnType<typeof parseLockAnswer>> {
  mkdirSync(layout.versions, { recursive: true });
  await bash(`chmod 700 '${layout.state}'; mkdir -p '${layout.state}/releases' '${layout.state}/hooks'`);
  return parseLockAnswer((await bash(lockText(layout, { ...holder, who: "bob", run: "run2" }))).output);
}

async function left(layout: Layout): Promise<Left | undefined> {
  const answer = await ask(layout);
  return answer.kind === "refused" ? answer.left : undefined;
}

test("a command keeps the next run out as long as it runs, whoever has the lock; it is named with its processes", () =>
  withLayout(async (layout, held) => {
    const running = bash(held("sleep 1.5"));
    await wait(500);
    const answer = await ask(layout);
    assert.is(answer.kind, "refused");
    assert.ok(answer.kind === "refused" && answer.left);
    assert.equal(answer.holder, holder);
    assert.is(answer.left.what, "the hook");
    assert.ok(answer.left.processes.some(({ name }) => name === "sleep"));
    assert.equal(await running, { status: 0, output: "" });
    assert.equal(await ask(layout), { kind: "held" });
    assert.match(readFileSync(layout.lock, "utf8"), "bob");
  }));

test("what starts while the lock is written anew finds whose it is", () =>
  withLayout(async (layout) => {
    const acquiring = { ...holder, phase: "acquiring" } as const;
    writeFileSync(layout.lock, `${JSON.stringify(acquiring)}\n`);
    const rewriting = bash(`for ((i = 0; i < 20000; i++)); do ${runningText(layout, acquiring)}; done`);
    const line = holdLine({ layout, run: "run1", what: "the hook" }).raw;
    const starts = await bash(`for ((i = 0; i < 300; i++)); do ( ${line} ) || echo lost; done`);
    await rewriting;
    assert.equal(starts, { status: 0, output: "" });
    assert.equal(JSON.parse(readFileSync(layout.lock, "utf8")), holder);
  }));

test("what it leaves in the background holds nothing", () =>
  withLayout(async (layout, held) => {
    assert.equal(await bash(held("nohup sleep 5 >/dev/null 2>&1 & exit 3")), { status: 3, output: "" });
    assert.equal(await ask(layout), { kind: "held" });
  }));

test("cut off by the end of its reader, it holds as long as its children run", () =>
  withLayout(async (layout, held) => {
    // The shell above it, which stands for sshd, is gone with its pipe.
    const text = held("sleep 2.5 </dev/null >/dev/null 2>&1 & while :; do echo; command sleep 0.02; done");
    const child = spawn("bash", ["-c", `bash -c "$1" & sleep 0.3`, "", text], { stdio: ["ignore", "pipe", "ignore"] });
    await wait(600);
    child.stdout.destroy();
    await wait(400);
    const found = await left(layout);
    assert.equal(
      found?.processes.map(({ name }) => name),
      ["sleep"],
    );
    await wait(2200);
    assert.equal(await ask(layout), { kind: "held" });
  }));

test("killed, it holds as long as its children run", () =>
  withLayout(async (layout, held) => {
    const child = spawn("bash", ["-c", held("sleep 1.5; sleep 0.1")], { stdio: "ignore" });
    await wait(400);
    child.kill("SIGKILL");
    await wait(100);
    assert.ok((await left(layout))?.processes.some(({ name }) => name === "sleep"));
    await wait(1600);
    assert.equal(await ask(layout), { kind: "held" });
  }));

test("nothing begins when the lock is another run's, or nobody's", () =>
  withLayout(async (layout, held) => {
    for (const content of ['{"run":"run2"}\n', ""]) {
      writeFileSync(layout.lock, content);
      const { status, output } = await bash(held("echo begun"));
      assert.is(status, 1);
      assert.is(output, "bgdeploy: this run no longer has the lock of this host, so it starts nothing more there\n");
    }
  }));

test("who undoes an upload waits until it has ended, and no longer than it may; what came after it is not waited for", () =>
  withLayout(async (layout, held) => {
    assert.equal(await bash(awaitUploadLine(layout, 1).raw), { status: 0, output: "" });
    const upload = heldLine({ layout, run: "run1", what: "the upload" }, rawLine("sleep 1"));
    const running = bash(upload.raw);
    await wait(300);
    const { status, output } = await bash(awaitUploadLine(layout, 0).raw);
    assert.equal([status, output], [1, "the host's end of the upload did not end within 0 s\n"]);
    assert.equal(await bash(awaitUploadLine(layout, 10).raw), { status: 0, output: "" });
    await running;
    const hook = bash(held("sleep 1"));
    await wait(300);
    assert.equal(await bash(awaitUploadLine(layout, 0).raw), { status: 0, output: "" });
    await hook;
  }));

test("what still runs is said with whose it is and how to end it", () => {
  const processes = [
    { pid: 7, name: "bash" },
    { pid: 9, name: "migrate" },
  ];
  assert.is(
    describeLeft("h1", { what: 'the hook "migrate"', processes }, holder),
    'the hook "migrate", started by ada on laptop at today, is still running although its run has ended (migrate, pid 9). Wait for it with --lock-wait 5m, or end it: ssh h1 kill 7 9',
  );
  assert.is(
    describeLeft("h1", { what: "the upload", processes: [] }, {}),
    "the upload, started by an earlier run, is still running although its run has ended. Wait for it with --lock-wait 5m",
  );
});

test.run();
