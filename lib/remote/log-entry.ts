import { variants } from "../model/variant.ts";
import type { Variant } from "../model/variant.ts";

/** Where an entry names its unit: its own output, what systemd says of it, what another daemon does, and a core dump. */
export const unitFields: readonly string[] = ["_SYSTEMD_UNIT", "UNIT", "OBJECT_SYSTEMD_UNIT", "COREDUMP_UNIT"];

/** One entry of an app's log. `time` is in microseconds since 1970, by the host's clock. */
export type LogEntry = {
  readonly host: string;
  readonly time: number;
  /** Whose output it is, or whom systemd speaks of. */
  readonly variant: Variant | undefined;
  /** What was said, as it came; it may have several lines. */
  readonly text: string;
  /** Where journalctl goes on after it. */
  readonly cursor: string;
};

/** Reads one line of `journalctl --output=json`; `undefined` for what is no entry. */
export function parseLogEntry(host: string, line: string): LogEntry | undefined {
  const fields = parseObject(line);
  const time = Number(fields?.["__REALTIME_TIMESTAMP"]);
  if (fields === undefined || !(time > 0)) return undefined;
  const units = unitFields.map((name) => textOf(fields[name]));
  return {
    host,
    time,
    variant: variants.find((each) => units.some((unit) => unit.endsWith(`@${each}.service`))),
    text: textOf(fields["MESSAGE"]),
    cursor: textOf(fields["__CURSOR"]),
  };
}

/** Text that is no UTF-8, or holds control characters, comes as its bytes; a field that was given twice as a list. */
function textOf(message: unknown): string {
  if (typeof message === "string") return message;
  if (!Array.isArray(message)) return "";
  if (message.every((each) => typeof each === "number")) return decoded(message);
  return message
    .map((each: unknown) => (Array.isArray(each) ? decoded(each) : typeof each === "string" ? each : ""))
    .join("\n");
}

/** Lists within lists have no end. */
function decoded(bytes: readonly unknown[]): string {
  return new TextDecoder().decode(Uint8Array.from(bytes.filter((each) => typeof each === "number")));
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}
