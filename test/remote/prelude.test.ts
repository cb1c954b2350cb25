import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import * as assert from "uvu/assert";
import { frame, heartbeat } from "../../lib/remote/prelude.ts";
import { receiveSource } from "../../host/session.ts";
import { withDirectory } from "./support/bash.ts";
import { shellSuite, start, until } from "./support/host-shell.ts";

const test = shellSuite("the host's shell");

test("a greeting with any characters but NUL", async ({ shells }) => {
  const odd = '%41%b \\x41 \\\\ !! $HOME `id` "&& ä 😀\n\ttab\r;%';
  const shell = start(shells, `printf %s '${odd}' "it's"`);
  await until(shell, "end>");
  shell.child.stdin.end();
  assert.is(await shell.ended(), null);
  assert.is(shell.said(), `<bgword ready>${odd}it's<bgword end>`);
});

test("the greeting, then scripts of any size and with any characters but NUL, in order", async ({ shells }) => {
  const shell = start(shells, "echo hello");
  const odd = "'it''s ä 😀 \\n %s $x'";
  for (const text of [
    "echo one",
    `# ${"x".repeat(300_000)}\necho two`,
    `printf '%s\n' ${odd}; bg=kept`,
    "echo $bg; exit",
  ]) {
    shell.child.stdin.write(frame(text));
    shell.child.stdin.write(heartbeat);
  }
  assert.is(await shell.ended(), null);
  assert.is(shell.said(), "<bgword ready>hello\n<bgword end>one\ntwo\nits ä 😀 \\n %s $x\nkept\n");
});

test("a word for which bash 5.2 says that it came too late, since the time of day was set, ends nothing", async ({
  shells,
}) => {
  // Its first verdict on a wait with a limit.
  const read = `read() { builtin read "$@"; local got=$?; case "$4$bg_set" in -t) bg_set=yes; return 142 ;; esac; return "$got"; }`;
  const shell = start(shells, read);
  await until(shell, "end>");
  shell.child.stdin.write(heartbeat);
  shell.child.stdin.write(frame("echo one; exit"));
  assert.is(await shell.ended(), null);
  assert.match(shell.said(), "end>one\n");
});

test("scripts that arrive just as the time to wait for one is over are all heard", async () => {
  const ticks = `if bg_receive 0.0001; then printf '%s\n' "$bg_script"; elif [ "$bg_received" -le 128 ]; then exit; fi`;
  const child = spawn("bash", [
    "--noprofile",
    "--norc",
    "-c",
    `exec 8>/dev/null\n${receiveSource}\nwhile :; do ${ticks}; done`,
  ]);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stdin.on("error", () => {});
  const ended = once(child, "close");
  const words = Array.from({ length: 300 }, (_, index) => `script ${index}`);
  for (const word of words) {
    child.stdin.write(frame(word));
    await wait(1);
  }
  child.stdin.end();
  await ended;
  assert.equal(said.trim().split("\n"), words);
});

test("a script that is cut short by the end of the connection is not evaluated", async ({ shells }) => {
  const shell = start(shells);
  await until(shell, "bgword end");
  shell.child.stdin.end(frame("echo never").slice(0, -2));
  await shell.ended();
  assert.not.match(shell.said(), "never");
});

test("a shell whose client falls silent in the middle of a script ends, and lets go of the lock", async ({
  shells,
}) => {
  await withDirectory(async (directory) => {
    const shell = start(shells, `exec 9<${directory}; flock -n 9; echo pid $$`);
    await until(shell, "bgword end");
    shell.child.stdin.write(frame("echo never").slice(0, -2));
    await shell.ended();
    assert.not.match(shell.said(), "never");
    assert.is(await free(directory), "free");
  });
});

test("one that falls silent between two scripts does, too; one that only takes its time does not", async ({
  shells,
}) => {
  const shell = start(shells);
  await until(shell, "bgword end");
  shell.child.stdin.write(frame("sleep 2; echo slow"));
  await until(shell, "slow");
  shell.child.stdin.write(frame("echo again"));
  await until(shell, "again");
  assert.is(await shell.ended(), null);
});

test("a shell that is killed lets go of the lock, whatever it has started", async ({ shells }) => {
  await withDirectory(async (directory) => {
    const shell = start(shells, `exec 9<${directory}; flock -n 9; echo pid $$`);
    await until(shell, "bgword end");
    const [, pid = ""] = /pid (\d+)/.exec(shell.said()) ?? [];
    process.kill(Number(pid), "SIGKILL");
    await shell.ended();
    assert.is(await free(directory), "free");
  });
});

function free(directory: string): Promise<string> {
  const child = spawn("sh", ["-c", `flock -n ${directory} true && echo free`]);
  return new Promise((resolve) => {
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    child.on("close", () => resolve(said.trim()));
  });
}

test.run();
