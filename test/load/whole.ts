import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Row, tableText } from "./table.ts";

/** `npm run test:load`: each load by itself, five deploys and five rollbacks in each mode; then a table of all. */
process.exitCode = main(process.argv.slice(2));

function main(words: readonly string[]): number {
  const names = ["reload", "instant", "instant-needs"].filter((name) => words.length === 0 || words.includes(name));
  if (names.length === 0) {
    process.stderr.write("npm run test:load [-- reload | instant | instant-needs]\n");
    return 2;
  }
  const directory = mkdtempSync("/tmp/bgdeploy-load-");
  const file = join(directory, "rows");
  const env = { BGDEPLOY_LOAD_ROUNDS: "5", ...process.env, BGDEPLOY_LOAD_ROWS: file };
  const failed = names.filter((name) => {
    const path = join(import.meta.dirname, `${name}.test.ts`);
    return spawnSync(process.execPath, [path], { env, stdio: "inherit", timeout: 1_800_000 }).status !== 0;
  });
  process.stdout.write(`\n${tableText(readRows(file))}`);
  rmSync(directory, { recursive: true });
  if (failed.length > 0) process.stdout.write(`\nFailed: ${failed.join(", ")}\n`);
  return failed.length === 0 ? 0 : 1;
}

function readRows(file: string): readonly Row[] {
  const lines = readFileSync(file, { encoding: "utf8", flag: "a+" }).trim().split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
}
