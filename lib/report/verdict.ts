import { exitCodes } from "../errors.ts";
import { showSeconds } from "../model/duration.ts";
import { parseReleaseId } from "../model/release.ts";
import { printable } from "../model/printable.ts";
import { describeSlot } from "../plan/describe.ts";
import { listHosts } from "../plan/host-list.ts";
import type { HostOutcome, Outcome } from "../run/outcome.ts";

/** What a run came to as a whole, in sentences: how it ended, and what is live now. */
export function verdict(outcome: Outcome): readonly string[] {
  const { hosts } = outcome;
  const on = (end: HostOutcome["end"]): readonly HostOutcome[] => hosts.filter((host) => host.end === end);
  const list = (some: readonly HostOutcome[]): string =>
    listHosts(
      some.map((host) => host.host),
      hosts.map((host) => host.host),
    );
  const live = on("live");
  const isLive = liveReleases(outcome, live, list);
  if (outcome.exitCode === exitCodes.done) return [`Done in ${showSeconds(outcome.seconds)}: ${isLive}.`];
  if (outcome.exitCode === exitCodes.incomplete) {
    const how = outcome.interrupted ? "the run was interrupted before its end" : "a later step failed";
    return [`Incomplete: ${isLive}, but ${how}.`];
  }
  const mend = on("mend");
  const rest = [...[...on("undone"), ...on("untouched")].toSorted(byOrder(hosts)), ...mend];
  const groups = [...Map.groupBy(rest, whatServes)];
  const remaining = (some: readonly HostOutcome[], index: number): string => {
    const said = [...live, ...mend, ...groups.slice(0, index).flatMap(([, each]) => each)];
    const others = hosts.filter((host) => !some.includes(host));
    const areKnown = others.length > 0 && others.every((host) => said.includes(host));
    return areKnown && some.length > 8 ? `the other ${some.length} hosts` : list(some);
  };
  return [
    headline(outcome, list(mend)),
    ...(live.length === 0 ? [] : [`${isLive}.`]),
    ...groups.map(([says, some], index) => says.replace("{}", remaining(some, index))),
  ];
}

/** By what the host said last; where it could not be asked, by what the run did there. `{}` stands for the hosts. */
function whatServes({ end, from, to, now }: HostOutcome): string {
  const slot = describeSlot(now?.release, now?.variant);
  if (now?.trouble !== undefined) return `NOTHING IS SERVED on {}: ${now.trouble}. ${slot} is the live version there.`;
  if (now?.isProven === true && isAnothers({ from, to, now }))
    return `${slot} is live on {}: another run has changed it since.`;
  if (end === "mend") {
    const either = `Could not verify on {} which version serves: ${choice({ from, to })}.`;
    return now?.isProven === true ? `${slot} is live on {}.` : either;
  }
  const before = describeSlot(from.release, from.variant);
  return before === undefined ? "Nothing is live on {}." : `${before} is still live on {}.`;
}

/** Is neither the release before nor the one of this run live? */
export function isAnothers({ from, to, now }: Pick<HostOutcome, "from" | "to" | "now">): boolean {
  return now?.release !== undefined && now.release !== from.release && now.release !== to.release;
}

/** What is live on which hosts: a restart leaves each host its own release. */
function liveReleases(
  { release }: Outcome,
  live: readonly HostOutcome[],
  list: (some: readonly HostOutcome[]) => string,
): string {
  const groups = Map.groupBy(live, ({ to }) => parseReleaseId(to.release)?.version ?? release.version);
  return [...groups].map(([version, some]) => `${printable(version)} is live on ${list(some)}`).join("; ");
}

function headline(outcome: Outcome, mend: string): string {
  const how = outcome.interrupted ? "Interrupted" : "Failed";
  if (mend !== "") return `${how}: repair needed on ${mend}.`;
  if (outcome.hosts.some((host) => host.end === "live")) return `${how}: the hosts now run different versions.`;
  if (outcome.hosts.some((host) => host.end === "undone")) return `${how} and undone.`;
  return outcome.hosts.some((host) => host.end === "live") ? `${how}.` : `${how}: nothing was changed.`;
}

function choice({ from, to }: Pick<HostOutcome, "from" | "to">): string {
  return `${describeSlot(from.release, from.variant) ?? "nothing"} or ${describeSlot(to.release, to.variant)}`;
}

function byOrder(hosts: readonly HostOutcome[]): (a: HostOutcome, b: HostOutcome) => number {
  return (a, b) => hosts.indexOf(a) - hosts.indexOf(b);
}
