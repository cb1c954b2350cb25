import { isGlob, matches } from "./glob.ts";
import { hostNameProblem, isAddress } from "./host-name.ts";
import { say, show } from "./path.ts";
import type { HostEntry } from "./settings.ts";
import { didYouMean } from "./suggest.ts";
import type { SshHosts } from "./hosts.ts";
import type { SshWord } from "./ssh-word.ts";
import { unasked } from "./ssh-word.ts";

/** A host of the stage, with the entries that named it: a glob first, what was written for it alone after it. */
export type ExpandedHost = { readonly name: string; readonly entries: readonly HostEntry[] };

type Named = { readonly name: string; readonly entry: HostEntry };

/**
 * The hosts that a stage's list stands for, in its order; those of a glob in the order of the ssh_config.
 *
 * A host may be named by a glob and once more for itself, which adds to what the glob's entry says. Anything else that
 * names a host twice is a problem.
 */
export function expandHosts(
  entries: readonly HostEntry[],
  ssh: SshHosts,
  word: SshWord = unasked,
): { readonly hosts: readonly ExpandedHost[]; readonly problems: readonly string[] } {
  const named = entries.flatMap((entry) => namesOf(entry, ssh).map((name) => ({ name, entry })));
  const byName = Map.groupBy(named, ({ name }) => name);
  const hosts = [...byName].map(([name, several]) => ({
    name,
    entries: several.map(({ entry }) => entry).toSorted(globsFirst),
  }));
  const problems = [
    ...entries.flatMap((entry) => entryProblems(entry, ssh, word)),
    ...[...byName.values()].flatMap((several) => twiceProblems(several)),
  ];
  return { hosts, problems };
}

/** The named hosts that the file's text says nothing of: ssh may know them all the same. */
export function doubtfulNames(entries: readonly HostEntry[], ssh: SshHosts): readonly string[] {
  if (!ssh.isExplicit || ssh.problem !== undefined) return [];
  return entries
    .map(({ name }) => name)
    .filter((name) => hostNameProblem(name) === undefined && !isGlob(name) && !isAddress(name))
    .filter((name) => !ssh.names.includes(name) && !ssh.covers(name));
}

/** A host to ask ssh about where only its view of the whole configuration is wanted; none where no name is known. */
export function sampleName(entries: readonly HostEntry[], ssh: SshHosts): readonly string[] {
  return entries.flatMap((entry) => namesOf(entry, ssh)).slice(0, 1);
}

/** A glob sees no host in a line that could not be understood. */
export function globWarnings(entries: readonly HostEntry[], { unclear, shown }: SshHosts): readonly string[] {
  if (!entries.some(({ name }) => isGlob(name))) return [];
  return unclear.map((line) => `${shown}: globs in \`hosts\` cannot match hosts from this line: ${show(line)}`);
}

function namesOf({ name }: HostEntry, ssh: SshHosts): readonly string[] {
  if (hostNameProblem(name) !== undefined) return [];
  return isGlob(name) ? ssh.names.filter((each) => matches(name, each) && hostNameProblem(each) === undefined) : [name];
}

function entryProblems(entry: HostEntry, ssh: SshHosts, word: SshWord): readonly string[] {
  const { name, path } = entry;
  const invalid = hostNameProblem(name);
  if (invalid !== undefined) return [say(path, invalid)];
  if (ssh.problem !== undefined) return [];
  if (isGlob(name)) {
    const has = ssh.names.length === 0 ? "It has none." : `It has: ${enumerate(ssh.names)}`;
    const [line] = ssh.unclear;
    const more =
      line === undefined
        ? ""
        : `. Of the line ${show(line)} only ssh knows the hosts: write their names in place of a glob`;
    return namesOf(entry, ssh).length > 0
      ? []
      : [say(path, `no Host in ${ssh.shown} matches ${show(name)}. ${has}${more}`)];
  }
  // Where a line was not understood, nobody can tell that it is a slip.
  if (!doubtfulNames([entry], ssh).includes(name) || word.known.includes(name) || ssh.unclear.length > 0) return [];
  return [say(path, `no Host ${show(name)} in ${ssh.shown}.${didYouMean(name, ssh.names)}`)];
}

function twiceProblems(several: readonly Named[]): readonly string[] {
  const globs = several.filter(({ entry }) => isGlob(entry.name));
  const literals = several.filter(({ entry }) => !isGlob(entry.name));
  return [globs, literals].flatMap(([first, ...again]) =>
    again.map(({ name, entry }) => say(entry.path, `${show(name)} is already listed at ${first?.entry.path}`)),
  );
}

function globsFirst(one: HostEntry, other: HostEntry): number {
  return Number(isGlob(other.name)) - Number(isGlob(one.name));
}

/** Names for a message, the first few of many. */
export function enumerate(names: readonly string[]): string {
  const more = names.length - 8;
  return more > 1 ? `${names.slice(0, 8).join(", ")} and ${more} more` : names.join(", ");
}
