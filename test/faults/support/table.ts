import { alignColumns } from "../../../lib/plan/table.ts";
import { momentName } from "./moment.ts";
import type { Result } from "./trial.ts";
import { trialName, verbs } from "./trial.ts";

/** For people: how many faults of each kind were injected and survived, by run and by step; then what did not survive. */
export function faultTable(results: readonly Result[]): string {
  const columns = ["kill", "cut", "power"] as const;
  const rowOf = (name: string, some: readonly Result[]): readonly string[] => [
    name,
    ...columns.map((fault) => score(some.filter((each) => each.trial.fault === fault))),
    score(some),
  ];
  // In the order of the plan, not of the lanes.
  const ordered = results.toSorted(
    (a, b) => verbs.indexOf(a.trial.verb) - verbs.indexOf(b.trial.verb) || a.trial.place - b.trial.place,
  );
  const groups = Map.groupBy(ordered, ({ trial }) => `${trial.verb}  ${momentName(trial.moment)}`);
  const runs = Map.groupBy(ordered, ({ trial }) => trial.verb);
  const lost = results.filter(({ complaints }) => complaints.length > 0);
  return [
    ...alignColumns([
      ["survived / injected", "client killed", "network cut", "power cut", "all"],
      ...[...groups].map(([name, some]) => rowOf(name, some)),
      ...[...runs].map(([verb, some]) => rowOf(`all of ${verb}`, some)),
      rowOf("all", results),
    ]),
    "",
    `${results.reduce((sum, each) => sum + each.requests, 0)} requests answered meanwhile.`,
    ...lost.flatMap(({ trial, complaints }) => [
      "",
      `Did not survive: ${trialName(trial)}`,
      ...complaints.map((each) => `  ${each}`),
    ]),
    "",
  ].join("\n");
}

function score(results: readonly Result[]): string {
  return results.length === 0
    ? "-"
    : `${results.filter(({ complaints }) => complaints.length === 0).length} / ${results.length}`;
}
