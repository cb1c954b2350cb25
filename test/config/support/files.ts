import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { UserError } from "../../../lib/errors.ts";

export type Files = Readonly<Record<string, string | { readonly link: string } | { readonly program: string }>>;

/** Runs with a new directory that holds the files, and removes it. A name that ends in `/` is a directory. */
export async function withFiles<T>(files: Files, use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "bgdeploy-test-"));
  try {
    for (const [name, content] of Object.entries(files)) writeEntry(join(directory, name), content);
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** What a `UserError` says, with the directory written as DIR. */
export async function saidBy(act: Promise<unknown>, directory: string): Promise<readonly string[]> {
  try {
    await act;
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.problems.map((problem) => problem.replaceAll(directory, "DIR"));
    throw error;
  }
}

function writeEntry(path: string, content: Files[string]): void {
  mkdirSync(path.endsWith("/") ? path : dirname(path), { recursive: true });
  if (path.endsWith("/")) return;
  if (typeof content !== "string" && "link" in content) {
    symlinkSync(content.link, path);
    return;
  }
  writeFileSync(path, typeof content === "string" ? content : content.program);
  if (typeof content !== "string") chmodSync(path, 0o755);
}
