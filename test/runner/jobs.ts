import { join } from "node:path";
import type { TestFile } from "./files.ts";
import type { Job } from "./job.ts";
import { readTally } from "./tally.ts";

export const root = join(import.meta.dirname, "../..");

const example = join(root, "examples/link-shortener");
const minutes = 60_000;

export const checks: readonly Job[] = [
  { name: "types", words: ["tsc"], directory: root, limit: 5 * minutes },
  { name: "types of the example", words: ["tsc"], directory: example, limit: 5 * minutes },
  { name: "lint", words: ["oxlint", "--type-aware"], directory: root, limit: 5 * minutes },
  { name: "format", words: ["oxfmt", "--check"], directory: root, limit: 5 * minutes },
];

export const buildExample: Job = {
  name: "build of the example",
  words: ["npm", "run", "--silent", "build"],
  directory: example,
  limit: 5 * minutes,
};
export const testExample: Job = {
  name: "examples/link-shortener",
  words: ["npm", "test", "--silent"],
  directory: example,
  limit: 10 * minutes,
};

export function testJob({ path }: TestFile, coverage: string | undefined): Job {
  const env = coverage === undefined ? {} : { NODE_V8_COVERAGE: coverage };
  return {
    name: path,
    words: [process.execPath, path],
    directory: root,
    limit: 10 * minutes,
    env,
    isDone: (output) => readTally(output) !== undefined,
  };
}

export function coverageJob(directory: string): Job {
  const only = ["--all", "--include", "lib", "--include", "recipes"];
  const words = ["c8", "report", "--temp-directory", directory, "--reporter", "text-summary", ...only];
  return { name: "coverage", words, directory: root, limit: 5 * minutes };
}
