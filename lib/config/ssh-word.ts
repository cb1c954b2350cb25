import { execFile } from "node:child_process";
import type { SshSettings } from "../model/ssh-settings.ts";

/** What ssh itself makes of names. */
export type SshWord = {
  /** Those of which its configuration says more than of a name that nobody has. */
  readonly known: readonly string[];
  /** Why it refuses the configuration, whichever of the names it is asked about. */
  readonly refused: string | undefined;
};

/** Where ssh need not be asked. */
export const unasked: SshWord = { known: [], refused: undefined };

/** A name that no configuration has. */
const nobody = "bgdeploy-no-such-host";

/** Asks ssh about names of hosts. It connects to nothing (`ssh -G`). */
export async function askSsh(names: readonly string[], { configFile, flags }: SshSettings): Promise<SshWord> {
  const file = configFile === undefined ? [] : ["-F", configFile];
  const [plain, ...answers] = await Promise.all(
    [nobody, ...names].map((name) => answer([...file, ...flags, "-G", "--", name], name)),
  );
  // An option may be for the hosts of one Host block alone, and so may the IgnoreUnknown that lets ssh pass over it.
  const isRefused = answers.every(({ said }) => said === undefined);
  return {
    known: names.filter((_, index) => answers[index]?.said !== plain?.said),
    refused: isRefused ? answers[0]?.error : undefined,
  };
}

type Answer = { readonly said: string | undefined; readonly error: string | undefined };

/** Without the name itself, which stands in several of the lines. */
function answer(words: readonly string[], name: string): Promise<Answer> {
  return new Promise((resolve) => {
    execFile("ssh", words, { timeout: 20_000 }, (error, stdout, stderr) => {
      // Where there is no ssh, another sentence says so.
      if (error !== null) resolve({ said: undefined, error: stderr.trim() === "" ? undefined : firstOf(stderr) });
      else resolve({ said: stdout.replaceAll(name, ""), error: undefined });
    });
  });
}

function firstOf(stderr: string): string {
  return (stderr.replaceAll("\r", "").trim().split("\n")[0] ?? "").slice(0, 500);
}
