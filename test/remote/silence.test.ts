import { kill } from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SessionLostError } from "../../lib/errors.ts";
import { shell } from "../../lib/model/command.ts";
import { rawLine } from "../../lib/model/shell.ts";
import { mostAnswered } from "../../lib/remote/pending.ts";
import type { Session } from "../../lib/remote/session.ts";
import { installFakeSsh, open, rejection } from "./support/fake-ssh.ts";

let uninstall = (): void => {};
test.before(() => {
  uninstall = installFakeSsh();
});
test.after(() => uninstall());

/** Seconds; a sign of life comes every two. */
const limits = { silent: 4, work: 12, hurried: 4, hurriedWork: 7, hurriedAnswer: 1, closing: { silent: 1, all: 2 } };

async function withHost(use: (session: Session, pid: number) => Promise<void>): Promise<void> {
  const session = open("h1", undefined, "", limits);
  await session.ready;
  const pid = Number(await session.evaluate("echo $$"));
  try {
    await use(session, pid);
  } finally {
    kill(pid, "SIGKILL");
    session.kill();
  }
}

function run(session: Session, line: string): Promise<unknown> {
  return session.run([shell("x", rawLine(line))], false);
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error = await rejection(promise);
  assert.instance(error, SessionLostError);
  return (error as Error).message;
}

test("a command that says nothing is waited for, as long as its shell is there", () =>
  withHost(async (session) => {
    assert.is(await run(session, "sleep 6"), "done");
  }));

test("so is one whose own program is stopped", () =>
  withHost(async (session) => {
    const line = "bash -c 'kill -STOP $$' & bg_pid=$!; sleep 7; kill -CONT $bg_pid; wait $bg_pid";
    assert.is(await run(session, line), "done");
  }));

test("but not for ever: a host that only says that it is there cannot hold a run", () =>
  withHost(async (session) => {
    assert.is(
      await messageOf(run(session, "sleep 60")),
      "h1: the connection was given up (its command did not end within 12 s)",
    );
  }));

const stopped = "h1: the connection was given up (it has been silent for 4 s: its shell is stopped, or hangs)";

test("a host whose shell is stopped while a command runs is given up", () =>
  withHost(async (session, pid) => {
    const running = messageOf(run(session, "sleep 60"));
    await wait(100);
    kill(pid, "SIGSTOP");
    assert.is(await running, stopped);
    assert.is(session.givenUp(), "silent");
  }));

test("so is one where the subshell is stopped that a command runs in", () =>
  withHost(async (session) => {
    assert.is(await messageOf(run(session, "kill -STOP $BASHPID")), stopped);
  }));

test("a question that is not answered in time ends the session, and says so", () =>
  withHost(async (session) => {
    const message = await messageOf(session.evaluate("sleep 60", 1));
    assert.is(message, "h1: the connection was given up (it did not answer within 1 s)");
  }));

test("a greeting that never ends is a question, too", async () => {
  const session = open("h1", undefined, "sleep 30", { ...limits });
  await session.ready;
  session.hasten();
  assert.match(await messageOf(session.greeted), "did not answer within 1 s");
});

test("after an interrupt a silent host is soon given up, and one that works is not", () =>
  withHost(async (session, pid) => {
    session.hasten();
    assert.is(await run(session, "sleep 5"), "done");
    const running = messageOf(run(session, "sleep 60"));
    await wait(100);
    kill(pid, "SIGSTOP");
    await running;
    assert.is(session.givenUp(), "interrupted");
  }));

test("after an interrupt not even a host that says that it works is waited for without an end", () =>
  withHost(async (session) => {
    session.hasten();
    assert.match(await messageOf(run(session, "sleep 60")), "its command did not end within 7 s of the interrupt");
  }));

test("nobody waits long for the farewell of a host that is silent", () =>
  withHost(async (session, pid) => {
    kill(pid, "SIGSTOP");
    const began = performance.now();
    await session.close();
    assert.ok(performance.now() - began < 10_000);
  }));

test("a host that floods an answer is given up, and takes no more memory than one", () =>
  withHost(async (session) => {
    const before = process.memoryUsage().rss;
    let most = 0;
    const looking = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
    const message = await messageOf(session.evaluate("while :; do printf '%65536s'; done"));
    clearInterval(looking);
    assert.is(message, "h1: the connection was given up (it answered a question with more than 4.0 MB)");
    assert.ok(most - before < 20 * mostAnswered, `${most - before} bytes`);
  }));

test("what a hostile host says of commands that it was not given, or twice, is not heard", () =>
  withHost(async (session) => {
    let heard = "";
    const commands = [shell("a", rawLine("echo a"), { mayFail: true }), shell("b", rawLine("echo b"))];
    // The word of the marks stands in the script that it evaluates.
    const forge = `printf '<bgtest0123456789 %s>' 'done 0 1' 'done 0 1' 'start 0' 'done 1 0' 'done 7 1' 'start x' 'done 0 1'`;
    await session.run([shell("0", rawLine(forge), { mayFail: true }), ...commands], false, {
      started: (command) => (heard += command.kind === "shell" ? `${command.title} ` : ""),
      missed: () => (heard += "missed "),
    });
    assert.is(heard, "0 missed a b ");
  }));

test.run();
