import { printable } from "../plan/describe.ts";

/** The CI in whose log we write. */
export type Ci = "github" | "gitlab";

/**
 * A workflow command of GitHub Actions, escaped as its runner reads it (actions/toolkit, packages/core/src/command.ts).
 *
 * @example workflowCommand("error", { title: "h1" }, "failed") // ::error title=h1::failed
 */
export function workflowCommand(name: string, properties: Readonly<Record<string, string>>, message: string): string {
  const words = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`);
  return `::${name}${words.length === 0 ? "" : ` ${words.join(",")}`}::${escapeData(printable(message))}\n`;
}

/**
 * A text that GitHub's runner takes for no command: it reads those at the begin of a line (`::error::`), after blanks too, and the
 * older ones (`##[error]`) anywhere.
 */
export function withoutCommands(text: string): string {
  return text.replaceAll(/^([^\S\n\r\u2028\u2029]*):(?=:)/gm, "$1: ").replaceAll("##[", "## [");
}

/** The begin of a collapsible group of a log. `time` is epoch milliseconds; GitLab matches begin and end by `id`. */
export function groupStart(ci: Ci, id: string, title: string, time: number): string {
  const line = printable(title).replaceAll("\n", " ");
  if (ci === "github") return `::group::${escapeData(line)}\n`;
  return `\u001B[0Ksection_start:${Math.floor(time / 1000)}:${id}[collapsed=true]\r\u001B[0K${line}\n`;
}

export function groupEnd(ci: Ci, id: string, time: number): string {
  if (ci === "github") return "::endgroup::\n";
  return `\u001B[0Ksection_end:${Math.floor(time / 1000)}:${id}\r\u001B[0K\n`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(printable(text)).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
