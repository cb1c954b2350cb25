import { variants } from "../model/variant.ts";
import type { Of } from "./schema-kinds.ts";
import { flag, integer, list, number, oneOf, orNull, record, text, texts } from "./schema-kinds.ts";
import { command, exitCode, host, live, next, outcome, problems, readHost, slot, stage, task } from "./schema-parts.ts";

const undo = flag("the task is being taken back");

const failure = record(
  {
    task,
    undo,
    message: text("what happened"),
    said: texts("what the host said about it"),
    next: orNull(text("a command"), "a command to type, to find out more or to mend it"),
  },
  "what failed",
);

const hostEnd = record(
  {
    host,
    outcome: oneOf(
      ["live", "undone", "untouched", "mend"],
      "live: the new release serves; undone: what was begun was put back; untouched: nothing had begun; mend: something is left to mend",
    ),
    live,
    from: orNull(slot, "what was live before; null: nothing"),
    to: orNull(slot, "what was to be live; null: it never came to that"),
    seconds: number("how long the host took"),
    bytes: integer("bytes that were uploaded"),
    failures: list(failure, "what failed there, first failure first"),
  },
  "how it ended on one host",
);

/** Every event of `--json`, with its fields. Types, the schema file and docs/json.md are made of this. */
export const events = {
  start: {
    about: "the first line",
    fields: {
      command,
      stage,
      version: text("version of bgdeploy"),
    },
  },
  connecting: { about: "hosts are being connected to", fields: { hosts: texts("their names") } },
  waiting: {
    about: "another run holds a host, and `--lock-wait` waits for it",
    fields: { problems: texts("who holds which host, one sentence each") },
  },
  host: {
    about: "what was read from a host",
    fields: readHost,
  },
  plan: {
    about: "what will be done, before it is",
    fields: {
      release: text("id of the release"),
      hosts: list(
        record({ host, from: orNull(slot, "what is live; null: nothing"), to: slot }, "one host"),
        "the hosts",
      ),
      phases: list(
        record({ tasks: texts("names of the tasks"), hosts: texts("names of the hosts") }, "one phase"),
        "what is done together; all hosts wait for each other in between",
      ),
    },
  },
  warning: {
    about: "something to know",
    fields: { host, message: text("the sentence") },
  },
  phase: {
    about: "hosts begin a phase together",
    fields: {
      number: integer("number of the phase, from 1; with `rolling` it starts again with each wave"),
      of: integer("how many there are"),
      tasks: texts("names of the tasks"),
      hosts: texts("names of the hosts"),
      undo,
    },
  },
  "step-started": { about: "a task begins on a host", fields: { host, task, undo } },
  command: {
    about: "a command begins; with `--verbose` only",
    fields: { host, task, text: text("the command, secrets masked") },
  },
  output: {
    about:
      "a line of output: of hooks, scripts and `exec`, with `--verbose` of every command; one of more than 64 kB comes in parts",
    fields: { host, task, text: text("the line, without its end") },
  },
  progress: {
    about: "how far an upload or a download is, at most once a second for each host",
    fields: {
      host,
      task,
      percent: orNull(integer("of the whole"), "of the whole; null where that is not known"),
      bytes: integer("bytes sent"),
      files: integer("files sent"),
    },
  },
  "exec-ended": {
    about: "a command of `exec` ended on a host",
    fields: { host, status: orNull(integer("its exit status"), "its exit status; null: the connection was lost") },
  },
  log: {
    about: "an entry of the app's log, by `logs`",
    fields: {
      host,
      time: text("when, by the host's clock, in UTC"),
      variant: orNull(oneOf(variants, "the slot"), "whose; null: it is neither's alone"),
      text: text("what was said; it may have several lines"),
    },
  },
  "step-ended": { about: "a task is done", fields: { host, task, undo, seconds: number("how long it took") } },
  "step-failed": {
    about: "a task failed, or was stopped, since another host has failed",
    fields: { host, task, undo, message: text("what happened") },
  },
  interrupted: {
    about: "a signal asked to stop",
    fields: { signal: text("its name"), message: text("what happens now") },
  },
  end: {
    about: "the last line, whatever happened before",
    fields: {
      exitCode,
      outcome,
      seconds: number("how long it all took"),
      message: text("how it ended, in a sentence or more"),
      problems,
      release: orNull(text("an id"), "id of the release that was to be live; null where it did not come to that"),
      hosts: list(hostEnd, "how it ended on each host that was read; empty where none was"),
      next,
    },
  },
} as const;

/** What happened, as one line of `--json` has it, without `v` and `at`. */
export type JsonEvent = { [T in keyof typeof events]: { readonly type: T } & Body<T> }[keyof typeof events];

export type Body<T extends keyof typeof events> = {
  readonly [K in keyof (typeof events)[T]["fields"]]: Of<(typeof events)[T]["fields"][K]>;
};

export type SlotBody = Of<typeof slot>;
export type HostEnd = Of<typeof hostEnd>;
