import { exitCodes } from "../errors.ts";
import { showSeconds } from "../model/duration.ts";
import { parseReleaseId } from "../model/release.ts";
import { visible } from "../model/printable.ts";
import type { HostOutcome, Outcome } from "../run/outcome.ts";
import { failureText } from "./failure.ts";
import type { Advice } from "./reporter.ts";
import { nextLines } from "./summary.ts";
import { verdict } from "./verdict.ts";

/**
 * What a run came to, in Markdown, for the page of a job: a row for each host, every failure, and what to type next. `mask` takes
 * secrets out of a text.
 */
export function jobSummary(outcome: Outcome, advice: Advice, mask: (text: string) => string): string {
  const inline = (text: string): string => escaped(mask(text));
  const fence = (lines: readonly string[]): string => fenced(lines.map((line) => mask(line)));
  const [headline = "", ...sentences] = verdict(outcome);
  const mark = outcome.exitCode === exitCodes.done ? "✅" : "❌";
  const failures = outcome.hosts.flatMap((host) =>
    host.failures.map((failure) => {
      const { what, said, next } = failureText(failure, host, outcome.stage, advice);
      return `**${inline(host.host)}**: ${inline(what)}\n\n${fence([...said, ...(next === undefined ? [] : [next])])}`;
    }),
  );
  const next = nextLines(outcome, advice);
  const blocks = [
    `### ${mark} bgdeploy ${advice.action} ${inline(outcome.stage)}`,
    [headline, ...sentences].map((line) => inline(line)).join(" "),
    [
      "| host | release | variant | outcome | seconds |",
      "| --- | --- | --- | --- | --- |",
      ...outcome.hosts.map((host) => row(host)),
    ].join("\n"),
    ...failures,
    ...(next.length === 0 ? [] : [fence(next)]),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n\n`;
}

/** What kept a command from its work, in Markdown. */
export function refusalSummary(command: string, problems: readonly string[]): string {
  return `### ❌ ${escaped(command)}\n\n${fenced(problems)}\n\n`;
}

function row(host: HostOutcome): string {
  const serves = host.end === "live" ? host.to : host.from;
  const version =
    serves.release === undefined ? "nothing" : (parseReleaseId(serves.release)?.version ?? serves.release);
  const cells = host.end === "mend" ? ["not proven", "not proven"] : [version, serves.variant ?? ""];
  const outcome = host.end === "mend" ? "needs repair" : host.end;
  return `| ${[host.host, ...cells, outcome, showSeconds(host.seconds)].map((cell) => escaped(cell)).join(" | ")} |`;
}

/** A text on one line that Markdown takes for nothing else. */
function escaped(text: string): string {
  return visible(text)
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\\`*_{}[\]<>|~#&]/g, String.raw`\$&`);
}

/** Lines as they are. The fence is longer than any in them. */
function fenced(lines: readonly string[]): string {
  if (lines.length === 0) return "";
  const text = visible(lines.join("\n"));
  const longest = text.matchAll(/`+/g).reduce((most, [each]) => Math.max(most, each.length), 2);
  const ticks = "`".repeat(longest + 1);
  return `${ticks}text\n${text}\n${ticks}`;
}
