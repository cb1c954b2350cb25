import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { env } from "node:process";

/** What git printed, without the last newline; or why it did not: its own first words, and whether there is a git at all. */
export type GitAnswer = { readonly said: string } | { readonly reason: string; readonly isMissing: boolean };

/**
 * Asks the git of a directory. A hook of git has variables that lead it to the repository that called the hook (`GIT_DIR=.`), not
 * to ours: they are left out.
 */
export function askGit(directory: string, words: readonly string[]): Promise<GitAnswer> {
  const own = Object.entries(env).filter(([name]) => !local.test(name));
  const options = { cwd: directory, env: { ...Object.fromEntries(own), LC_ALL: "C" }, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile("git", words, options, (error, stdout, stderr) => {
      if (error === null) return resolve({ said: stdout.trimEnd() });
      const isMissing = error.code === "ENOENT";
      const [reason = ""] = (isMissing ? "git is not installed on this machine" : stderr || error.message)
        .trim()
        .split("\n");
      return resolve({ reason, isMissing });
    });
  });
}

/** `git rev-parse --local-env-vars`, but what configures git as such. */
const local =
  /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|PREFIX|COMMON_DIR|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|IMPLICIT_WORK_TREE|GRAFT_FILE|SHALLOW_FILE|NO_REPLACE_OBJECTS|REPLACE_REF_BASE|INTERNAL_SUPER_PREFIX|QUARANTINE_PATH)$/;

/** The repository that a directory is in, by its `.git`, whatever git says of it. */
export function repositoryOf(directory: string): string | undefined {
  if (existsSync(join(directory, ".git"))) return directory;
  const above = dirname(directory);
  return above === directory ? undefined : repositoryOf(above);
}
