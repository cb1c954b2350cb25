import { exitCodes } from "../errors.ts";
import { quote } from "../model/shell.ts";
import type { Paint } from "../plan/paint.ts";
import { listHosts } from "../plan/host-list.ts";
import type { Outcome } from "../run/outcome.ts";
import { failureText } from "./failure.ts";
import type { Color } from "./paint.ts";
import { makePaint } from "./paint.ts";
import type { Advice } from "./reporter.ts";
import { hostRows } from "./rows.ts";
import { isAnothers, verdict } from "./verdict.ts";

export type SummaryStyle = Advice & { readonly color: Color; readonly columns: number };

/**
 * What a run came to: a row for each host, the whole in a sentence, every failure, and what to type next.
 * Ends in a newline. Commands to type are never broken into lines.
 */
export function summary(outcome: Outcome, style: SummaryStyle): string {
  const paint = makePaint(style.color);
  const [headline = "", ...sentences] = verdict(outcome);
  const done = outcome.exitCode === exitCodes.done;
  const blocks = [
    hostRows(outcome, style.columns, paint),
    [paint(done ? "green" : "red", headline), ...sentences],
    failureLines(outcome, style, paint),
    nextLines(outcome, style),
  ];
  const filled = blocks.filter((block) => block.length > 0);
  return `${filled.map((block) => block.join("\n")).join("\n\n")}\n`;
}

/** What failed first comes first, an undo that failed after it; one text for all hosts where it was the same. */
function failureLines(outcome: Outcome, style: SummaryStyle, paint: Paint): readonly string[] {
  const all = outcome.hosts.flatMap((host) =>
    host.failures.map((failure) => ({
      host: host.host,
      undo: failure.undo,
      text: failureText(failure, host, outcome.stage, style),
    })),
  );
  const ordered = [...all.filter((each) => !each.undo), ...all.filter((each) => each.undo)];
  return [...Map.groupBy(ordered, (each) => each.text.what).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { host, text } = first;
    const same = group.every((each) => each.text.said.join("\n") === text.said.join("\n"));
    const names = listHosts(
      [...new Set(group.map((each) => each.host))],
      outcome.hosts.map((each) => each.host),
    );
    return [
      `${paint("bold", names)}: ${text.what}${same ? "" : ` (output of ${host})`}`,
      ...text.said.map((line) => `    ${paint("dim", line)}`),
      ...(text.next === undefined ? [] : [`    ${text.next}`]),
    ];
  });
}

/** What to type next, a sentence with a command each. */
export function nextLines(outcome: Outcome, { action, flags, program }: Advice): readonly string[] {
  const stage = [outcome.stage, ...flags].map((word) => quote(word)).join(" ");
  switch (outcome.exitCode) {
    case exitCodes.mend:
      // To run the same again would bring back what another run has replaced.
      if (outcome.hosts.some((host) => isAnothers(host)))
        return [
          `To inspect: ${program} status ${stage}`,
          "Deploy again only if the live version is not the one you want.",
        ];
      return [
        "The next run checks each host's actual state and repairs it before deploying.",
        ...mendLines(action, stage, program),
        ...backLines(outcome, { action, flags, program }),
      ];
    case exitCodes.done:
    case exitCodes.incomplete: {
      const before = new Set(outcome.hosts.flatMap(({ end, from }) => (end === "live" ? (from.release ?? []) : [])));
      const [only] = before;
      // The way back from a restart is another one, with what was in the config before.
      if (only === undefined || action === "restart") return [];
      // No rollback returns by itself to the release that one left: only its name brings it back.
      const to = action === "rollback" && before.size === 1 ? ` --to ${quote(only)}` : "";
      const first = action === "deploy" ? `${program} init --from '<this command line>', then ` : "";
      return [`To roll back: ${first}${program} rollback ${stage}${to}`];
    }
    case exitCodes.failed:
    case exitCodes.usage:
    case exitCodes.locked:
    case exitCodes.interrupted:
      return [];
  }
}

/** Waves that stopped leave some hosts with the new release: they can go back, as well as the others go on. */
function backLines(
  { stage, hosts }: Outcome,
  { action, flags, program }: Pick<Advice, "action" | "flags" | "program">,
): readonly string[] {
  const back = hosts.filter(({ end, from }) => end === "live" && from.release !== undefined);
  if (action !== "run" || back.length === 0 || hosts.some(({ end }) => end === "mend")) return [];
  const config = flags.flatMap((word, index) => (word === "--config" ? [word, flags[index + 1] ?? ""] : []));
  const only = back.flatMap(({ host }) => ["--only", host]);
  return [`To roll back: ${program} rollback ${[stage, ...config, ...only].map((word) => quote(word)).join(" ")}`];
}

function mendLines(action: Advice["action"], stage: string, program: string): readonly string[] {
  switch (action) {
    case "deploy":
      return ["To inspect: the same command line with --dry-run", "To repair: the same command line again"];
    case "restart":
      return [`To inspect: ${program} restart ${stage} --dry-run`, `To repair: ${program} restart ${stage}`];
    case "run":
    case "rollback":
      return [`To inspect: ${program} plan ${stage}`, `To repair: ${program} run ${stage}`];
  }
}
