import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Shell } from "zx/core";
import { UserError } from "../../lib/errors.ts";
import { hostShell, localShell } from "../../lib/remote/dollar.ts";
import { keptOutput } from "../../lib/remote/kept-output.ts";
import { withDirectory } from "./support/bash.ts";
import { installFakeSsh, rejection } from "./support/fake-ssh.ts";

let uninstall = (): void => {};
test.before(() => {
  uninstall = installFakeSsh();
});
test.after(() => uninstall());

const ignore = (): void => {};
const always = (): undefined => undefined;
const here = (output: (text: string) => void = ignore): Shell => localShell("/", output, always);
const there = (output: (text: string) => void = ignore): Shell =>
  hostShell("h1", [], (command) => command, output, always);

/** A hundred characters a line. */
const lines = (bytes: number): string => `yes ${"a".repeat(99)} | head -c ${bytes}`;

for (const [where, shell] of [
  ["on the host", there],
  ["on this machine", here],
] as const) {
  test(`what a hook's command prints ${where} passes by: its size is not held in memory`, async () => {
    let length = 0;
    let peak = 0;
    const before = process.memoryUsage().rss;
    const $ = shell((text) => {
      length += text.length;
      peak = Math.max(peak, process.memoryUsage().rss);
    });
    await $`head -c 400000000 /dev/zero | tr '\\0' '\\n'`;
    assert.is(length, 400_000_000);
    assert.ok(peak - before < 150e6, `${Math.round((peak - before) / 1e6)} MB were held`);
  });

  test(`the commands of one \`$({ … })\` ${where} keep their output apart`, async () => {
    const $ = shell()({ quiet: true })({ nothrow: true });
    const said = await Promise.all([$`sleep 0.1; echo one; exit 3`, $`echo two`]);
    said.push(await $`echo three >&2`);
    assert.equal(
      said.map(({ stdout, stderr, exitCode }) => [stdout, stderr, exitCode]),
      [
        ["one\n", "", 3],
        ["two\n", "", 0],
        ["", "three\n", 0],
      ],
    );
  });

  test(`ten megabytes ${where} are kept whole`, async () => {
    const { stdout } = await shell()`${["sh", "-c", lines(10_000_000)]}`.quiet();
    assert.is(stdout.length, 10_000_000);
  });
}

test("whoever asks for the text of what was too much is told how to read it", async () => {
  const output = await here()`${["sh", "-c", lines(30_000_000)]}`.quiet();
  const error = await rejection(Promise.resolve().then(() => output.stdout));
  assert.ok(error instanceof UserError);
  assert.is(
    error.message,
    'The command printed more than 16.0 MB, too much to keep. Read it line by line, for await (const line of $`…`), or send it to a file: $`…`.pipe("file")',
  );
  const words = await rejection(Promise.resolve().then(() => output.text()));
  assert.is((words as Error).message, error.message);
});

test("both ways that it names read all", async () => {
  await withDirectory(async (directory) => {
    const file = join(directory, "all");
    let count = 0;
    for await (const line of here()`${["sh", "-c", lines(30_000_000)]}`.quiet()) count += line.length + 1;
    await here()`${["sh", "-c", lines(30_000_000)]}`.quiet().pipe(file);
    assert.equal([count, statSync(file).size], [30_000_000, 30_000_000]);
  });
});

test("a command that fails after it has printed much shows the end, and where the hook called it", async () => {
  const failing = here()`${["sh", "-c", `${lines(30_000_000)}; echo; echo the last words; exit 7`]}`.quiet();
  const { message } = (await rejection(failing)) as Error;
  assert.match(message, /at .*file:.*\/test\/remote\/kept-output\.test\.ts:\d+/);
  assert.match(message, "exit code: 7");
  const loud = here()`${["sh", "-c", `{ ${lines(30_000_000)}; echo; echo the last words; } >&2; exit 7`]}`.quiet();
  const { message: said } = (await rejection(loud)) as Error;
  assert.match(said, /^\[more than 16\.0 MB; this is the end\]\n/);
  assert.match(said, "\nthe last words\n");
  assert.ok(said.length < 200_000);
});

test("of a long stream the end stays, however small its pieces are", () => {
  const { stderr } = keptOutput({ most: 100_000, end: 1000 });
  for (let index = 0; index < 10_000; index++) stderr.push(`${index}\n`);
  const kept = [...stderr].map(String);
  assert.is(kept[0], "[more than 100 kB; this is the end]\n");
  assert.equal([kept.at(-1), stderr[0], stderr.length], ["9999\n", "9999\n", 1]);
  assert.ok(kept.length < 20);
});

test.run();
