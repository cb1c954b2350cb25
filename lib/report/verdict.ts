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
  const before = Map.groupBy([...on("undone"), ...on("untouched")].toSorted(byOrder(hosts)), (host) =>
    describeSlot(host.from.release, host.from.variant),
  );
  return [
    headline(outcome, list(mend)),
    ...(live.length === 0 ? [] : [`${isLive}.`]),
    ...[...before].map(
      ([slot, some]) => `${slot === undefined ? "Nothing is" : `${slot} is still`} live on ${list(some)}.`,
    ),
    ...[...Map.groupBy(mend, choice)].map(
      ([slots, some]) => `Not proven on ${list(some)}: which one serves, ${slots}.`,
    ),
  ];
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
  if (mend !== "") return `${how}: something is left to mend on ${mend}.`;
  if (outcome.hosts.some((host) => host.end === "live")) return `${how}: the hosts now run different versions.`;
  if (outcome.hosts.some((host) => host.end === "undone")) return `${how} and undone.`;
  return outcome.hosts.some((host) => host.end === "live") ? `${how}.` : `${how}: nothing was changed.`;
}

function choice({ from, to }: HostOutcome): string {
  return `${describeSlot(from.release, from.variant) ?? "nothing"} or ${describeSlot(to.release, to.variant)}`;
}

function byOrder(hosts: readonly HostOutcome[]): (a: HostOutcome, b: HostOutcome) => number {
  return (a, b) => hosts.indexOf(a) - hosts.indexOf(b);
}
