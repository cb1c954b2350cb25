import type { Event } from "../run/event.ts";
import type { Outcome } from "../run/outcome.ts";
import type { Ci } from "./ci-commands.ts";
import { groupEnd, groupStart, withoutCommands, workflowCommand } from "./ci-commands.ts";
import { failureText } from "./failure.ts";
import { jobSummary } from "./job-summary.ts";
import { makePaint } from "./paint.ts";
import type { Level } from "./plain.ts";
import { plainReporter } from "./plain.ts";
import type { Advice, Reporter, Screen } from "./reporter.ts";
import { verdict } from "./verdict.ts";

export type { Ci } from "./ci-commands.ts";

/** What a CI shows: its log, and the page of the job. `mask` takes secrets out of a text before it is escaped. */
export type CiLog = {
  readonly ci: Ci;
  readonly screen: Screen;
  readonly mask: (text: string) => string;
  readonly summarize: (markdown: string) => void;
};

/**
 * Timed lines in the log of a CI: each phase in a group that can be folded; on GitHub warnings and failures as annotations, and a
 * summary of the job in Markdown.
 */
export function ciReporter({ ci, screen, mask, summarize }: CiLog, advice: Advice, level: Level): Reporter {
  const paint = makePaint(screen.color);
  const safe: Screen = { ...screen, write: (text) => screen.write(ci === "github" ? withoutCommands(text) : text) };
  const command = (text: string): void => (screen.command ? screen.command(text) : screen.write(text));
  let open: string | undefined;
  let groups = 0;
  let now = 0;

  function close(): string {
    const end = open === undefined ? "" : groupEnd(ci, open, now);
    open = undefined;
    return end;
  }

  /** Groups and annotations are written past the guard; nothing of a host's stands in them unescaped. */
  function around(event: Event | "end"): void {
    if (event !== "end") now = event.at;
    if (event === "end") command(close());
    else if (event.type === "phase-started" && level !== "quiet") {
      const before = close();
      open = `bgdeploy_${++groups}`;
      command(`${before}${groupStart(ci, open, event.undo ? "undo" : event.title, now)}`);
    } else if (event.type === "warning" && ci === "github") {
      const { host, text } = event.warning;
      command(workflowCommand("warning", { title: `bgdeploy: ${host}` }, mask(text)));
    }
  }

  const plain = plainReporter(safe, advice, level, around);
  return {
    on: (event) => plain.on(event),
    end(outcome) {
      plain.end(outcome);
      for (const { title, text } of reasons(outcome, advice)) {
        if (ci === "github") command(workflowCommand("error", { title }, mask(text)));
        else screen.write(`${paint("red", `${title}: ${text}`)}\n`);
      }
      summarize(jobSummary(outcome, advice, mask));
    },
  };
}

/** Why a run did not do what it should: what failed on each host, or how it ended. */
function reasons(outcome: Outcome, advice: Advice): readonly { readonly title: string; readonly text: string }[] {
  if (outcome.exitCode === 0) return [];
  const failures = outcome.hosts.flatMap((host) =>
    host.failures.map((failure) => {
      const { what, said, next } = failureText(failure, host, outcome.stage, advice);
      const text = [what, ...said, ...(next === undefined ? [] : [next])].join("\n");
      return { title: `bgdeploy: ${host.host}`, text };
    }),
  );
  return failures.length > 0 ? failures : [{ title: "bgdeploy", text: verdict(outcome).join(" ") }];
}
