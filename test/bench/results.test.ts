import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { UsageError } from "../../bench/options.ts";
import type { Record } from "../../bench/record.ts";
import { readResults } from "../../bench/results.ts";

const test = suite<{ directory: string }>("results");
test.before.each((context) => {
  context.directory = mkdtempSync(join(tmpdir(), "bgdeploy-results-"));
});
test.after.each(({ directory }) => rmSync(directory, { recursive: true }));

const records: readonly Record[] = [
  { kind: "memory", tool: "floor", hosts: 1, memory: 8 },
  { kind: "memory", tool: "bgdeploy", hosts: 1, memory: 35, own: 30 },
];

test("results are read as the bench writes them, and as the docs hold them", async ({ directory }) => {
  for (const text of [records.map((record) => `${JSON.stringify(record)}\n`).join(""), JSON.stringify(records)]) {
    const path = join(directory, "results");
    writeFileSync(path, text);
    assert.equal(await readResults(path), records);
  }
});

test("a file that holds no results is refused in a sentence", async ({ directory }) => {
  const path = join(directory, "results");
  for (const text of [
    "",
    "# Benchmarks\n",
    "[1]",
    '{"kind":"sample","sample":{}}\nnot JSON\n',
    '{"kind":"toString"}',
  ]) {
    writeFileSync(path, text);
    assert.equal(
      await problemOf(path),
      `${path} holds no results of a bench: expected a JSON object a line, or an array as docs/benchmarks.json has it`,
    );
  }
  assert.match(await problemOf(join(directory, "none")), /none cannot be read: ENOENT/);
});

test.run();

async function problemOf(path: string): Promise<string> {
  try {
    await readResults(path);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "no problem";
}
