import { showSeconds } from "../model/duration.ts";
import { printable } from "../model/printable.ts";

/** What one host of a phase is doing. Times are epoch milliseconds. */
export type HostState =
  | { readonly kind: "waiting" }
  /** `said`: its last line of output, or how far it is. */
  | { readonly kind: "running"; readonly step: string; readonly said: string; readonly since: number }
  | { readonly kind: "done"; readonly seconds: number }
  | { readonly kind: "failed"; readonly step: string }
  /** It does nothing more, since another host failed or someone interrupted. */
  | { readonly kind: "stopped" };

export type BoardHost = { readonly name: string; readonly state: HostState };

/** The place that there is: lines for hosts, columns of a line; and the time, in epoch milliseconds. */
export type Room = { readonly lines: number; readonly columns: number; readonly now: number };

/**
 * One line for each host of a phase, in columns. Where there is no room for all, those that failed and as many as fit of those
 * that run; the others get an empty text, which is not drawn.
 */
export function hostLines(hosts: readonly BoardHost[], room: Room): readonly string[] {
  const width = Math.max(0, ...hosts.map(({ name }) => name.length));
  const order = ["failed", "running", "waiting", "stopped", "done"];
  const urgent = hosts.toSorted((a, b) => order.indexOf(a.state.kind) - order.indexOf(b.state.kind));
  const shown = new Set(hosts.length <= room.lines ? hosts : urgent.filter(isUrgent).slice(0, room.lines));
  return hosts.map((host) => (shown.has(host) ? hostLine(host, width, room) : ""));
}

/** The title of a phase, cut so that the number of hosts that are done stands at its end: `send the release, …  12 of 20 hosts`. */
export function phaseLine(title: string, hosts: readonly BoardHost[], columns: number): string {
  const done = hosts.filter(({ state }) => state.kind === "done").length;
  const count = hosts.length > 1 ? `  ${done} of ${hosts.length} hosts` : "";
  return `${cut(title, columns - count.length)}${count}`;
}

function isUrgent({ state }: BoardHost): boolean {
  return state.kind === "failed" || state.kind === "running";
}

function hostLine({ name, state }: BoardHost, width: number, { columns, now }: Room): string {
  const start = `${name.padEnd(width)}  `;
  switch (state.kind) {
    case "waiting":
      return name;
    case "done":
      return `${start}${showSeconds(state.seconds)}`;
    case "stopped":
      return `${start}stopped`;
    case "failed":
      return cut(`${start}failed: ${state.step}`, columns);
    case "running": {
      const seconds = Math.floor((now - state.since) / 1000);
      const time = seconds < 2 ? "" : `  ${seconds < 60 ? `${seconds} s` : showSeconds(seconds)}`;
      const said = state.said === "" ? "" : `  ${state.said}`;
      return `${cut(`${start}${state.step}${said}`, columns - time.length)}${time}`;
    }
  }
}

/** Cuts a text to so many characters, and says so. */
function cut(text: string, columns: number): string {
  const line = printable(text)
    .split("\n")
    .map((each) => each.trim())
    .join(" ");
  return line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1)).trimEnd()}…`;
}
