import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as assert from "uvu/assert";
import { rawLine, sh } from "../../lib/model/shell.ts";
import { urgentText } from "../../lib/remote/arrival.ts";
import { frame, heartbeat } from "../../lib/remote/prelude.ts";
import { scriptText } from "../../lib/remote/script.ts";
import { withDirectory } from "./support/bash.ts";
import type { HostShell } from "./support/host-shell.ts";
import { shellSuite, start, until } from "./support/host-shell.ts";

const test = shellSuite("an upload that arrives");

/** A script for the host, as it travels; one that waits for an upload where `arrival` is given. */
function script(line: string, ahead?: Parameters<typeof scriptText>[2]): string {
  return frame(scriptText([{ line: rawLine(line), mayFail: false, apart: false }], "later", ahead));
}

/** A host's shell to which a script was sent that waits, and one behind it. `shell`: the process that runs the upload. */
async function withUpload(
  shells: HostShell[],
  use: (scene: { host: HostShell; status: string }) => Promise<void>,
  { shell = process.pid, first = "true", far = true } = {},
): Promise<void> {
  await withDirectory(async (directory) => {
    const status = join(directory, "the 'status'");
    const host = start(shells);
    await until(host, "bgword end");
    const ahead = { arrival: { status, shell, far } };
    host.child.stdin.write(script(first) + script("echo all is there", ahead) + script("echo on", {}));
    await use({ host, status });
  });
}

async function waitFor(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !isSo(); tries += 1) await wait(10);
  assert.ok(isSo());
}

const went = "<later start 0>all is there\n<later done 0 0><later end><later start 0>on\n<later done 0 0><later end>";
const skipped = "<later skipped><later end><later skipped><later end>";

test("what waits for it begins when it has ended well, and what was sent meanwhile comes after it", ({ shells }) =>
  withUpload(shells, async ({ host, status }) => {
    // In pieces that end within a length, and with a word between that the client is there.
    const late = script(`echo tardy ${"x".repeat(200)}`);
    for (const piece of [late.slice(0, 1), late.slice(1, 2), late.slice(2), heartbeat]) {
      host.child.stdin.write(piece);
      await wait(100);
    }
    assert.not.match(host.said(), "all is there");
    writeFileSync(status, "0\n");
    await until(host, "tardy");
    assert.ok(host.said().includes(`${went}<later start 0>tardy x`), host.said());
  }));

test("of a client that is near any word has it look, and without one it looks, too", async ({ shells }) => {
  for (const word of [heartbeat, ""]) {
    await withUpload(
      shells,
      async ({ host, status }) => {
        await wait(300);
        writeFileSync(status, "0\n");
        host.child.stdin.write(word);
        await until(host, went);
      },
      { far: false },
    );
  }
});

test("an urgent word is heard meanwhile, and later, too; what it says is not", ({ shells }) =>
  withUpload(shells, async ({ host, status }) => {
    const word = (path: string): string => frame(urgentText(sh`echo said; cd /; touch ${path}`));
    const [during, after] = [`${status}.during`, `${status}.after`];
    host.child.stdin.write(word(during));
    await waitFor(() => existsSync(during));
    writeFileSync(status, "0\n");
    host.child.stdin.write(word(after));
    await waitFor(() => existsSync(after));
    await until(host, went);
    assert.not.match(host.said(), "said");
  }));

for (const status of ["12\n", "137\n"]) {
  test(`where it ended with ${status.trim()}, nothing behind it begins, and the session goes on`, ({ shells }) =>
    withUpload(shells, async ({ host, status: file }) => {
      writeFileSync(file, status);
      await until(host, skipped);
      host.child.stdin.write(script("echo undone"));
      await until(host, "undone");
    }));
}

test("where its shell is gone, too", ({ shells }) =>
  // No process has so high a number (proc(5): at most 4,194,304).
  withUpload(shells, ({ host }) => until(host, skipped), { shell: 99_999_999 }));

test("where what stands before it failed, nobody waits for it", ({ shells }) =>
  withUpload(shells, ({ host }) => until(host, skipped), { first: "false" }));

test("a client that falls silent while it waits ends the session, one that is heard does not", ({ shells }) =>
  withUpload(shells, async ({ host, status }) => {
    for (let beats = 0; beats < 6; beats += 1) {
      host.child.stdin.write(heartbeat);
      await wait(500);
    }
    assert.is(host.child.exitCode, null);
    await host.ended();
    assert.not.ok(existsSync(status));
    assert.not.match(host.said(), "there");
  }));

test("so does one that is gone", ({ shells }) =>
  withUpload(shells, async ({ host }) => {
    const began = Date.now();
    host.child.stdin.end();
    await host.ended();
    assert.ok(Date.now() - began < 1500);
  }));

test.run();
