import type { ExitCode } from "../errors.ts";
import { timestamp } from "../model/timestamp.ts";
import { printable } from "../model/printable.ts";
import type { Event } from "../run/event.ts";
import type { Outcome } from "../run/outcome.ts";
import { errorSentence } from "./failure.ts";
import { commandsIn, hostBody, hostEnd, nameOfCode, planBody, untouchedHost } from "./json-bodies.ts";
import { clean } from "./json-clean.ts";
import type { Level } from "./plain.ts";
import { isFromUser } from "./plain.ts";
import type { Advice } from "./reporter.ts";
import { record } from "./schema-kinds.ts";
import type { Body, HostEnd, JsonEvent } from "./schema.ts";
import { events } from "./schema.ts";
import { schemaVersion } from "./schema-parts.ts";
import { nextLines } from "./summary.ts";
import { verdict } from "./verdict.ts";
import { wholeLines } from "./whole-lines.ts";

/** Progress of one host is told this seldom, in milliseconds. */
const pause = 1000;

/** What `--quiet` leaves. */
const important: ReadonlySet<string> = new Set(["start", "host", "step-failed", "interrupted", "end"]);

/** One JSON object a line, for programs. The first line is `start`, the last one `end`. */
export type JsonReporter = {
  /** From now on these are masked. */
  hide(secrets: readonly unknown[]): void;
  tell(event: JsonEvent): void;
  on(event: Event): void;
  /** Keeps what a run came to, for `finish`. */
  conclude(outcome: Outcome, advice: Advice): void;
  /** Says the last line; what comes after it is not said. `next`: commands to type that stand in no problem. */
  finish(exitCode: ExitCode, problems: readonly string[], next?: readonly string[]): void;
};

export function jsonReporter(write: (line: string) => void, now: () => number, level: Level): JsonReporter {
  const began = now();
  const running = new Map<string, string>();
  const heard = new Map<string, number>();
  const read = new Map<string, HostEnd>();
  let hidden: readonly unknown[] = [];
  let concluded: Pick<Body<"end">, "message" | "release" | "hosts" | "next"> | undefined;
  let isOver = false;

  function tell(event: JsonEvent): void {
    if (isOver) return;
    if (event.type === "host") read.set(event.host, untouchedHost(event));
    if (level === "quiet" && !important.has(event.type)) return;
    const body = clean(event, record(events[event.type].fields, ""), hidden);
    write(`${JSON.stringify(Object.assign({ v: schemaVersion, at: timestamp(now()), type: event.type }, body))}\n`);
  }

  const lines = wholeLines((event) => {
    // What has begun, and is then stopped at once, may be anything.
    const was = event.type === "step-started" ? read.get(event.host) : undefined;
    if (was) read.set(was.host, { ...was, outcome: "mend", live: null });
    if (event.type === "command") running.set(`${event.host} ${event.task}`, event.text);
    if (event.type === "progress") {
      const { host, at } = event;
      if (at - (heard.get(host) ?? -pause) < pause) return;
      heard.set(host, at);
    }
    const isBuiltIn = event.type === "command" || (event.type === "output" && !isFromUser(event, running));
    if (isBuiltIn && level !== "verbose") return;
    for (const each of bodiesOf(event)) tell(each);
  });

  return {
    hide(secrets) {
      hidden = [...hidden, ...secrets];
    },
    tell,
    on: (event) => lines.on(event),
    conclude(outcome, advice) {
      lines.end();
      const hosts = outcome.hosts.map((host) => hostEnd(host, outcome, advice));
      const failed = hosts.flatMap(({ failures }) => failures.flatMap(({ next }) => next ?? []));
      concluded = {
        message: verdict(outcome).join(" "),
        release: outcome.release.id,
        hosts,
        next: [...new Set([...failed, ...commandsIn(nextLines(outcome, advice))])],
      };
    },
    finish(exitCode, problems, next = []) {
      lines.end();
      const failures = concluded?.hosts.flatMap(({ host, failures }) =>
        failures.map(({ message }) => `${host}: ${message}`),
      );
      const all = [...(failures ?? []), ...problems];
      tell({
        type: "end",
        exitCode,
        outcome: nameOfCode(exitCode),
        seconds: (now() - began) / 1000,
        message: concluded?.message ?? (all.join("\n") || "Done."),
        problems: all,
        release: concluded?.release ?? null,
        hosts: concluded?.hosts ?? [...read.values()],
        next: [...new Set([...(concluded?.next ?? []), ...commandsIn(problems), ...next])],
      });
      isOver = true;
    },
  };
}

/** What an event says as JSON: mostly one line, of output one for each of its lines. */
function bodiesOf(event: Event): readonly JsonEvent[] {
  switch (event.type) {
    case "connected":
      return [];
    case "connecting":
    case "waiting":
    case "command":
    case "step-started":
    case "step-ended":
      return [event];
    case "progress":
      return [{ ...event, percent: event.percent ?? null }];
    case "read":
      return [{ type: "host", ...hostBody(event.host, event.state, event.facts, event.problems) }];
    case "planned":
      return [{ type: "plan", ...planBody(event.plan) }];
    case "warning":
      return [{ type: "warning", host: event.warning.host, message: event.warning.text }];
    case "phase-started":
      return [{ ...event, type: "phase" }];
    case "output": {
      const texts = printable(event.text).replace(/\n$/, "").split("\n");
      return texts.map((text) => ({ ...event, text }));
    }
    case "step-failed":
      return [{ ...event, message: errorSentence(event.error, event.host) }];
    case "interrupted":
      return [{ ...event, message: event.text }];
  }
}
