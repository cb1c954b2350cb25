import type { Layout } from "../model/layout.ts";
import { oneLine } from "../model/printable.ts";
import type { Line } from "../model/shell.ts";
import { quote, sh } from "../model/shell.ts";
import type { Keeper } from "./ground.ts";
import { soundLine, takeGround } from "./ground.ts";
import { closeHoldLine, isFreeLine } from "../model/hold.ts";

/** Who holds a host, as written into lock.json. */
export type Holder = {
  readonly who: string;
  /** The machine that they type on. */
  readonly from: string;
  readonly since: string;
  readonly release: string;
  /** The run's id; of two runs that collide the lower one waits, the other gives way. */
  readonly run: string;
  /** `acquiring` until the locks of all hosts are held. */
  readonly phase: "acquiring" | "running";
};

/** A lock that a person set and that stays: `bgdeploy lock`. */
export type Freeze = { readonly who: string; readonly from: string; readonly since: string; readonly message: string };

/** What a file of another run told: any part may be missing. */
type Seen<T> = { readonly [Key in keyof T]?: string };

/** What a run that has ended has left running: what it was for, and its processes, the oldest first. */
export type Left = {
  readonly what: string;
  readonly processes: readonly { readonly pid: number; readonly name: string }[];
};

/**
 * What came of asking for the lock. `absent`: there is no directory to lock yet, or none that is safe from others;
 * `untrusted` is a path that cannot be made so.
 */
export type LockAnswer =
  | { readonly kind: "held" }
  | { readonly kind: "absent"; readonly untrusted?: string }
  | { readonly kind: "refused"; readonly holder: Seen<Holder>; readonly left?: Left }
  | { readonly kind: "frozen"; readonly freeze: Seen<Freeze> };

/**
 * Takes the lock in the session's own shell: flock(1) on our directory, on a descriptor that only this shell keeps.
 * The kernel lets go of it when the shell ends, whatever ended it, so it cannot go stale.
 *
 * For a `keeper` the directories are made first, and taken over from others; without one a host that was never set up, or
 * whose directories others could change, stays untouched.
 */
export function lockText(layout: Layout, holder: Holder, keeper?: Keeper): string {
  const { state, lock, freeze } = layout;
  const make = keeper === undefined ? soundLine(layout) : takeGround(layout, keeper);
  return [
    // The preflight names a missing flock; without this line it would look like another run's lock.
    `if ! command -v flock >/dev/null || ! { ${make.raw}; }; then echo absent`,
    sh`elif [ -e ${freeze} ]; then echo frozen; cat ${freeze}`.raw,
    sh`elif ! exec 9<${state}; then echo absent`.raw,
    sh`elif flock -n 9; then if ! ${isFreeLine(layout)}; then cat ${lock}; exec 9<&-; else`.raw,
    `${holderText(layout, holder)}; ${closeHoldLine(layout).raw}; ${sh`[ ! -e ${layout.interrupt} ] || rm -f ${layout.interrupt}`.raw}; echo held; fi`,
    sh`else echo refused; cat ${lock}; exec 9<&-; fi`.raw,
  ].join("\n");
}

/** Writes down who holds the lock. A file that another user's run has left cannot be written, but taken away. */
function holderText({ lock }: Layout, holder: Holder): string {
  return sh`[ ! -e ${lock} ] || [ -w ${lock} ] || rm -f ${lock}; printf '%s\n' ${JSON.stringify(holder)} >${lock}`.raw;
}

/**
 * Writes down that our run, which has the lock, waits for no other host's any more. In place, and as long as what stands there: what
 * the run has started on the host meanwhile reads at any time whose the lock is, and must never meet an empty file.
 */
export function runningText({ lock }: Layout, holder: Holder): string {
  const text = JSON.stringify({ ...holder, phase: "running" } satisfies Holder);
  return `printf '%s\\n' ${quote(text.padEnd(JSON.stringify(holder).length))} 1<>${quote(lock)}`;
}

/** What a run keeps for its own undo, and notes of the new variant and of what it sent. */
function keptFiles({ state, restarts }: Layout): Line {
  return sh`${restarts} ${state}/*.before ${state}/*.before.none ${state}/*.sent*`;
}

/** Removes what an earlier run that was cut off has kept: where a step of ours never began, its undo must find nothing. */
export function forgetText(layout: Layout): string {
  const files = keptFiles(layout);
  return sh`for bg_file in ${files}; do [ ! -e "$bg_file" ] || { rm -f ${files}; break; }; done`.raw;
}

/** Asks for the last run that came past its point of no return; `parseHolder` reads the answer. */
export function committedText({ committed }: Layout): string {
  return sh`cat ${committed} 2>/dev/null`.raw;
}

/**
 * Lets go of the lock while the session goes on; where this shell holds none, it does nothing. With what the run has kept,
 * where that is over: another one that was cut off may yet come back for its own.
 */
export function unlockText(layout: Layout, options: { readonly forget: boolean } = { forget: false }): string {
  const files = options.forget ? sh`${layout.lock} ${layout.interrupt} ${keptFiles(layout)}` : sh`${layout.lock}`;
  return sh`if { : <&9; } 2>/dev/null; then rm -f ${files}; exec 9<&-; fi`.raw;
}

export function parseLockAnswer(text: string): LockAnswer {
  const lines = text.trim().split("\n");
  const at = lines.findLastIndex((line) => /^(held|absent|refused|frozen|left)$/.test(line));
  const rest = lines.slice(at + 1).join("\n");
  if (lines[at] === "left")
    return { kind: "refused", holder: parseJson(/^\{.*$/m.exec(rest)?.[0] ?? ""), left: parseLeft(rest) };
  if (lines[at] === "held") return { kind: "held" };
  if (lines[at] === "refused") return { kind: "refused", holder: parseJson(rest) };
  if (lines[at] === "frozen") return { kind: "frozen", freeze: parseJson(rest) };
  const untrusted = /^untrusted (.*)$/m.exec(text)?.[1];
  return { kind: "absent", ...(untrusted !== undefined && { untrusted }) };
}

/** Of this many processes each is named. */
const mostNamed = 20;

function parseLeft(text: string): Left {
  const [, what = ""] = /^what (.*)$/m.exec(text) ?? [];
  const found = [...text.matchAll(/^process (\d{1,10}) (.*)$/gm)];
  const all = [...new Map(found.map(([, pid, name = ""]) => [Number(pid), { pid: Number(pid), name }])).values()];
  const processes = all.slice(0, mostNamed).map(({ pid, name }) => ({ pid, name: oneLine(name.slice(0, longest)) }));
  return { what: oneLine(what.slice(0, longest)) || "something", processes };
}

/** What of an earlier run still runs on a host, and what to do. */
export function describeLeft(
  host: string,
  { what, processes }: Left,
  { who, from = "?", since = "?" }: Seen<Holder>,
): string {
  const run = who === undefined ? "by an earlier run" : `by ${who} on ${from} at ${since}`;
  // The shells that wait for them are ours.
  const theirs = processes.filter(({ name }) => name !== "bash");
  const names = (theirs.length > 0 ? theirs : processes).map(({ pid, name }) => `${name}, pid ${pid}`).join("; ");
  const end =
    processes.length === 0 ? "" : `, or end it: ssh ${host} kill ${processes.map(({ pid }) => pid).join(" ")}`;
  return `${what}, started ${run}, is still running although its run has ended${names && ` (${names})`}. Wait for it with --lock-wait 5m${end}`;
}

/** Who set a lock by hand, from where, since when, and why. */
export function describeFreeze({ who = "someone", from = "?", since = "?", message }: Seen<Freeze>): string {
  return `${who} on ${from} since ${since}${message ? `: ${message}` : ""}`;
}

/** Who holds a host, from where, since when and with what. */
export function describeHolder({ who, from = "?", since = "?", release = "?" }: Seen<Holder>): string {
  return who === undefined ? "another run" : `${who} on ${from} since ${since}, with ${release}`;
}

/** What lock.json holds. */
export function parseHolder(text: string): Seen<Holder> {
  return parseJson(text);
}

/** The file of a lock that a person set. */
export function parseFreeze(text: string): Seen<Freeze> {
  return parseJson(text);
}

/** Characters of each that are read. */
const longest = 1000;

/** A file that is being written, or that someone has edited, tells nothing. What it tells is said on one line. */
function parseJson(text: string): Readonly<Record<string, string>> {
  try {
    const value: unknown = JSON.parse(text);
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
    const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
    return Object.fromEntries(texts.map(([name, text]) => [name, oneLine(text.slice(0, longest))]));
  } catch {
    return {};
  }
}
