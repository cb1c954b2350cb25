import { RemoteError } from "../errors.ts";
import { printable } from "../model/printable.ts";
import { errorSentence } from "../report/failure.ts";

/** What failed on which host, and why, as the host said it. */
export function told(error: unknown, host: string): string {
  if (!(error instanceof Error)) return `${host}: ${String(error)}`;
  const said = error instanceof RemoteError ? printable(error.output).trim().split("\n").slice(0, 2).join(" ") : "";
  return `${host}: ${errorSentence(error, host)}${said === "" ? "" : `: ${said}`}`;
}
