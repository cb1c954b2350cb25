import { RemoteError, SessionLostError, UserError } from "../errors.ts";
import { quote } from "../model/shell.ts";
import { printable } from "../model/printable.ts";
import type { Failure, HostOutcome } from "../run/outcome.ts";
import type { LastWords } from "./last-words.ts";
import { readThrown } from "./thrown.ts";
import { causeOf, chosenLines, isSystemds, lastWordsOf } from "./last-words.ts";
import type { Advice } from "./reporter.ts";

/** One failure as it reads: what happened, what the host said (its first and last line, or the last words of a unit), and what to type. */
export type FailureText = {
  /** Without the host, so that many hosts can share it. */
  readonly what: string;
  readonly said: readonly string[];
  /** With the word before it that says what for: `To inspect: ssh h1 uptime`. */
  readonly next: string | undefined;
};

/** Words of one failed task on one host. */
export function failureText(failure: Failure, at: HostOutcome, stage: string, advice: Advice): FailureText {
  const { error } = failure;
  const [sentence = error.name, ...more] = sentences(error, at.host);
  const next = nextStep(failure, at, stage, advice);
  const words = error instanceof RemoteError ? lastWordsIn(error) : undefined;
  const said =
    words !== undefined
      ? wordLines(words)
      : error instanceof UserError
        ? firstOf(more, next === undefined ? 3 : 2)
        : error instanceof RemoteError
          ? endsOf(more)
          : more;
  return { what: `${stepName(failure)}: ${sentence}`, said, next };
}

/** A task by its name; to connect again, so that a host can be undone, is no task of the config. */
export function stepName({ task, undo }: { readonly task: string; readonly undo: boolean }): string {
  if (!undo) return task;
  return task === "connect" ? "reconnect to undo" : `undo of ${task}`;
}

/** The sentence of an error alone, without the host's name before it. */
export function errorSentence(error: Error, host: string): string {
  return sentences(error, host)[0] ?? error.name;
}

/** Programs tell the reason first (nginx -t, our own scripts) or last (most others). */
function endsOf(lines: readonly string[]): readonly string[] {
  const [first, ...more] = lines;
  const last = more.at(-1);
  if (first === undefined || last === undefined) return lines;
  return [first, more.length > 1 ? `… ${last}` : last];
}

/** What the app said as it failed, under a heading that says whose words these are. */
function wordLines(words: LastWords): readonly string[] {
  const isSilent = words.app.every((line) => isSystemds(line, words.unit));
  const heading = isSilent ? `${words.unit} logged nothing. systemd reports:` : `Last lines of ${words.unit}:`;
  return [heading, ...chosenLines(words.app).map((line) => `  ${line}`), ...words.hints];
}

/** A failed start reads as what it came to, and why. */
function startSentence({ output }: RemoteError, words: LastWords): string {
  const [reason = ""] = startLines(output);
  const cause = causeOf(words);
  if (reason.startsWith("the new version ") && cause !== undefined) return `${reason}: ${cause}`;
  if (reason.includes("does not run any more") && cause !== undefined) return `the new version crashed: ${cause}`;
  return reason;
}

function lastWordsIn({ output }: RemoteError): LastWords | undefined {
  return lastWordsOf(startLines(output).slice(1));
}

/** What the host's script says of a start. Before it, systemctl may have said that there is a journal. */
function startLines(output: string): readonly string[] {
  const lines = linesOf(output);
  return lines.slice(Math.max(0, lines.indexOf("the new version did not start")));
}

function firstOf(lines: readonly string[], most: number): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), `… and ${lines.length - most + 1} more`];
}

/** What is told of an error: its sentence, then what the host or the stack said about it. */
function sentences(error: Error, host: string): readonly string[] {
  if (error instanceof UserError) return linesOf(error.problems.join("\n"), host);
  const words = error instanceof RemoteError ? lastWordsIn(error) : undefined;
  if (error instanceof RemoteError && words !== undefined) return [startSentence(error, words)];
  if (error instanceof RemoteError) return [...linesOf(error.message, host).slice(0, 1), ...linesOf(error.output)];
  if (error instanceof SessionLostError) return linesOf(error.message, host);
  const { sentence, more } = readThrown(error);
  return [linesOf(sentence, host)[0] ?? sentence, ...more.flatMap((line) => linesOf(line))];
}

function linesOf(text: string, host = ""): readonly string[] {
  const lines = printable(text).split("\n");
  return lines
    .filter((line) => line.trim() !== "")
    .map((line) => (host !== "" && line.startsWith(`${host}: `) ? line.slice(host.length + 2) : line).trimEnd());
}

/** Where a person finds out more, or what mends it, as a command to type. */
function nextStep(failure: Failure, at: HostOutcome, stage: string, advice: Advice): string | undefined {
  const { error, task, undo } = failure;
  const ssh = [...advice.ssh, at.host].map((word) => quote(word)).join(" ");
  if (undo) {
    const isShort = error instanceof RemoteError && isTypeable(error.line);
    return isShort ? `To finish by hand: ${ssh} ${quote(error.line)}` : undefined;
  }
  if (error instanceof UserError) return undefined;
  if (error instanceof SessionLostError) return `To inspect: ${ssh} uptime`;
  const [subject] = task.split(":");
  const unit = `${advice.app}@${at.to.variant}.service`;
  // A switch or a drain also fails when the app does, and then names its unit.
  const isApp = error instanceof RemoteError && error.output.includes(unit);
  if (subject === "systemd" || subject === "health" || isApp) {
    // Without a config there are no other commands.
    if (advice.action === "deploy") return `To inspect: ${ssh} journalctl -u ${quote(unit)} -n 50`;
    return `To inspect: ${advice.program} ${["logs", stage, ...configIn(advice.flags), "--only", at.host, "--variant", at.to.variant, "-n", "50"].map((word) => quote(word)).join(" ")}`;
  }
  if (subject === "nginx") return `To inspect: ${ssh} journalctl -u ${quote(advice.nginx)} -n 50`;
  // Its command line may hold secrets, and is not repeated.
  if (advice.action === "deploy") return "To retry: the same command line with --verbose";
  return `To retry: ${advice.program} ${[advice.action, stage, ...advice.typed].map((word) => quote(word)).join(" ")} --verbose`;
}

/** Of the flags that chose config and hosts, that of the config. */
function configIn(flags: readonly string[]): readonly string[] {
  return flags.flatMap((word, index) => (word === "--config" ? [word, flags[index + 1] ?? ""] : []));
}

/** Short enough for a person to check before typing it, and whole: nothing masked, on one line. */
function isTypeable(line: string): boolean {
  return line.length <= 200 && !line.includes("\n") && !line.includes("[secret]") && printable(line) === line;
}
