import { randomBytes } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { RemoteError } from "../../lib/errors.ts";
import { shell, write } from "../../lib/model/command.ts";
import { rawLine } from "../../lib/model/shell.ts";
import { installFakeSsh, rejection, withSession } from "./support/fake-ssh.ts";
import { withDirectory } from "./support/bash.ts";

let uninstall = (): void => {};
test.before(() => {
  uninstall = installFakeSsh();
});
test.after(() => uninstall());

test("50 MB of output pass by without being kept", async () => {
  await withSession("h1", async (session) => {
    let length = 0;
    let peak = 0;
    const before = process.memoryUsage().rss;
    const output = (_: unknown, text: string): void => {
      length += text.length;
      peak = Math.max(peak, process.memoryUsage().rss);
    };
    await session.run([shell("x", rawLine(`yes ${"a".repeat(99)} | head -c 50000000`))], false, { output });
    assert.is(length, 50_000_000);
    assert.ok(peak - before < 60e6, `${Math.round((peak - before) / 1e6)} MB were held`);
  });
});

test("of a failed command's output the last 64 KiB are kept", async () => {
  await withSession("h1", async (session) => {
    const error = await rejection(session.run([shell("x", rawLine("seq 100000; exit 1"))], false));
    const { output } = error as RemoteError;
    assert.equal([output.length, output.endsWith("\n99999\n100000\n")], [64 * 1024, true]);
  });
});

test("bytes that are no UTF-8, and characters cut at any border, do not stop a session", async () => {
  await withSession("h1", async (session) => {
    const heard: string[] = [];
    const line = rawLine("printf '\\xff\\n'; for i in $(seq 5000); do printf 'ä😀'; done");
    await session.run([shell("x", line)], false, { output: (_, text) => heard.push(text) });
    assert.is(heard.join(""), `\uFFFD\n${"ä😀".repeat(5000)}`);
  });
});

test("a large file is carried whole", async () => {
  await withDirectory((directory) =>
    withSession("h1", async (session) => {
      const content = randomBytes(128 * 1024).toString("hex");
      await session.run([write(`${directory}/x`, rawLine(content), "0600")], false);
      assert.is(await session.evaluate(`wc -c <${directory}/x`), "262144\n");
    }),
  );
});

test("a thousand commands are one script", async () => {
  await withSession("h1", async (session) => {
    let count = 0;
    const commands = Array.from({ length: 1000 }, () => shell("x", rawLine(":")));
    await session.run(commands, false, { started: () => (count += 1) });
    assert.is(count, 1000);
  });
});

test("a child that a command leaves behind does not keep the session from closing", async () => {
  const began = Date.now();
  await withSession("h1", (session) => session.run([shell("x", rawLine("sleep 5 & echo $!"))], false));
  assert.ok(Date.now() - began < 4000);
});

test.run();
