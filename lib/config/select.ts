import { enumerate } from "./expand.ts";
import { matches } from "./glob.ts";
import { sshName } from "./host-name.ts";
import { show } from "./path.ts";
import type { Overrides } from "./resolved.ts";
import { didYouMean } from "./suggest.ts";

type Selection = Pick<Overrides, "only" | "except">;

/** The hosts that `--only` and `--except` leave. A word that fits no host is a problem: it may be a slip of the hand. */
export function selectHosts<H extends { readonly name: string }>(
  hosts: readonly H[],
  stage: string,
  selection: Selection,
): { readonly hosts: readonly H[]; readonly problems: readonly string[] } {
  const only = (selection.only ?? []).map((word) => sshName(word));
  const except = (selection.except ?? []).map((word) => sshName(word));
  const names = hosts.map((host) => host.name);
  const problems = [
    ...only.flatMap((word) => wordProblems("--only", word, stage, names)),
    ...except.flatMap((word) => wordProblems("--except", word, stage, names)),
  ];
  const left = hosts.filter(({ name }) => (only.length === 0 || fits(only, name)) && !fits(except, name));
  const nothing = problems.length === 0 && hosts.length > 0 && left.length === 0;
  return {
    hosts: left,
    problems: nothing ? [`--only and --except exclude all hosts of stage ${show(stage)}`] : problems,
  };
}

function wordProblems(flag: string, word: string, stage: string, names: readonly string[]): readonly string[] {
  if (names.length === 0 || names.some((name) => matches(word, name))) return [];
  return [
    `${flag} ${word}: no such host in stage ${show(stage)}.${didYouMean(word, names)} It has: ${enumerate(names)}`,
  ];
}

function fits(words: readonly string[], name: string): boolean {
  return words.some((word) => matches(word, name));
}
