import { showSeconds } from "../model/duration.ts";
import { printable } from "../model/printable.ts";
import { isUserCode } from "../plan/describe.ts";
import { listHosts } from "../plan/host-list.ts";
import { showSending } from "../plan/sending.ts";
import { changeLines } from "../plan/title.ts";
import type { Event } from "../run/event.ts";
import { errorSentence, stepName } from "./failure.ts";
import { makePaint } from "./paint.ts";
import type { Advice, Reporter, Screen } from "./reporter.ts";
import { summary } from "./summary.ts";
import { wholeLines } from "./whole-lines.ts";

/** `quiet`: failures and the summary. `normal`: steps that are done, warnings and the output of hooks too. `verbose`: every command and its output. */
export type Level = "quiet" | "normal" | "verbose";

/** Progress of one host is told this seldom, in milliseconds; what is done sooner has none. */
const pause = 5000;

/** Hears each event before its line is written, and the end before the summary. */
export type Around = (event: Event | "end") => void;

/** What one event says: a text of one or more lines, about a host or (`""`) about all. */
type Saying = { readonly host: string; readonly text: string; readonly format?: "red" | "yellow" | "dim" };

/**
 * Timed lines for pipes and CI, as things happen: `[  1.2s] h1  upload:send  done in 0.8 s`. `around` may write what stands
 * around them in the log of a CI.
 */
export function plainReporter(
  screen: Screen,
  advice: Advice,
  level: Level = "normal",
  around: Around = () => {},
): Reporter {
  const paint = makePaint(screen.color);
  const running = new Map<string, string>();
  const lastProgress = new Map<string, number>();
  let start: number | undefined;
  let width = 0;
  let spoke = false;

  const lines = wholeLines((event) => {
    start ??= event.at;
    if (event.type === "connecting") width = Math.max(width, ...event.hosts.map((host) => host.length));
    if (event.type === "command") running.set(`${event.host} ${event.task}`, event.text);
    around(event);
    if (event.type === "step-started") lastProgress.set(event.host, event.at);
    if (!isShown(event, level, running)) return;
    if (event.type === "progress") {
      if (event.at - (lastProgress.get(event.host) ?? event.at) < pause) return;
      lastProgress.set(event.host, event.at);
    }
    const saying = sayingOf(event);
    spoke = true;
    const time = paint("dim", `[${((event.at - start) / 1000).toFixed(1).padStart(5)}s]`);
    const host = saying.host === "" ? "" : `${saying.host.padEnd(width)}  `;
    for (const line of printable(saying.text).replace(/\n$/, "").split("\n")) {
      screen.write(`${time} ${host}${saying.format === undefined ? line : paint(saying.format, line)}\n`);
    }
  });

  return {
    on: (event) => lines.on(event),
    end(outcome) {
      lines.end();
      around("end");
      if (spoke) screen.write("\n");
      screen.write(summary(outcome, { ...advice, color: screen.color, columns: screen.columns }));
    },
  };
}

/** Said on stderr, or for other reporters. */
const told: ReadonlySet<Event["type"]> = new Set(["waiting", "read", "phase-started", "interrupted"]);

function isShown(event: Event, level: Level, running: ReadonlyMap<string, string>): boolean {
  if (told.has(event.type)) return false;
  if (level === "verbose") return true;
  if (level === "quiet") return event.type === "step-failed";
  if (event.type === "command" || event.type === "step-started") return false;
  return event.type !== "output" || isFromUser(event, running);
}

/** Output of a hook or script, or of something that was never announced as a command. */
export function isFromUser(
  { host, task }: { readonly host: string; readonly task: string },
  running: ReadonlyMap<string, string>,
): boolean {
  const command = running.get(`${host} ${task}`);
  return command === undefined || isUserCode(command);
}

function sayingOf(event: Event): Saying {
  switch (event.type) {
    case "connecting":
      return { host: "", text: `connecting to ${listHosts(event.hosts, event.hosts)}` };
    case "connected":
      return { host: event.host, text: "connected" };
    case "planned":
      return { host: "", text: changeLines(event.plan.targets).join("\n") };
    case "waiting":
    case "read":
    case "phase-started":
    case "interrupted":
      return { host: "", text: "" };
    case "warning":
      return { host: event.warning.host, text: `warning: ${event.warning.text}`, format: "yellow" };
    case "step-started":
      return { host: event.host, text: `${stepName(event)}  started` };
    case "step-ended":
      return { host: event.host, text: `${stepName(event)}  done in ${showSeconds(event.seconds)}` };
    case "step-failed": {
      const text = `${stepName(event)}  failed: ${errorSentence(event.error, event.host)}`;
      return { host: event.host, text, format: "red" };
    }
    case "command":
      return { host: event.host, text: prefixLines(event.text, `${event.task}  $ `), format: "dim" };
    case "output":
      return { host: event.host, text: prefixLines(event.text, `${event.task}  | `) };
    case "progress":
      return { host: event.host, text: `${event.task}  … ${showSending(event)}`, format: "dim" };
  }
}

function prefixLines(text: string, prefix: string): string {
  const lines = printable(text).replace(/\n$/, "").split("\n");
  return lines.map((line) => `${prefix}${line}`).join("\n");
}
