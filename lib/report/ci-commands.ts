import { visible } from "../model/printable.ts";

/** The CI in whose log we write. */
export type Ci = "github" | "gitlab";

/**
 * A workflow command of GitHub Actions, escaped as its runner reads it (actions/toolkit, packages/core/src/command.ts).
 *
 * @example workflowCommand("error", { title: "h1" }, "failed") // ::error title=h1::failed
 */
export function workflowCommand(name: string, properties: Readonly<Record<string, string>>, message: string): string {
  const words = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`);
  return `::${name}${words.length === 0 ? "" : ` ${words.join(",")}`}::${escapeData(visible(message))}\n`;
}

/**
 * A text that no CI takes for a command. GitHub's runner reads those at the begin of a line (`::error::`), after blanks too, and the
 * older ones (`##[error]`) anywhere, as those of Azure (`##vso[…]`) and TeamCity (`##teamcity[…]`) are. What is put in comes right
 * before the last character that makes it a command, so that a text can be cut anywhere before.
 */
export function withoutCommands(text: string): string {
  return text.replaceAll(atBegin, "$1: ").replaceAll(anywhere, "$1 [");
}

/** Colours count as blanks: who strips them may do so first. */
// oxlint-disable-next-line no-control-regex
const atBegin = /^((?:[^\S\n\r\u2028\u2029]|\u001B\[[\d;]*m)*):(?=:)/gm;

const anywhere = /(##\w{0,20})\[/g;

/** The begin of a collapsible group of a log. `time` is epoch milliseconds; GitLab matches begin and end by `id`. */
export function groupStart(ci: Ci, id: string, title: string, time: number): string {
  const line = visible(title).replaceAll("\n", " ");
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
  return escapeData(visible(text)).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
