import { releaseStatuses } from "../model/release.ts";
import { variants } from "../model/variant.ts";
import type { Of } from "./schema-kinds.ts";
import { flag, list, oneOf, orNull, record, text, texts } from "./schema-kinds.ts";
import { command, exitCode, host, next, outcome, problems, readHost, slot, stage, task } from "./schema-parts.ts";

/** What every answer says behind its own fields. */
export const closing = {
  stage,
  unreachable: list(
    record({ host, problem: text("why, and what to do") }, "one host"),
    "hosts that could not be reached or read; they are left out of all else",
  ),
  exitCode,
  outcome,
  problems,
  next,
} as const;

const file = { path: text("where it stands on a host"), text: text("what stands in it") } as const;

const setting = record(
  {
    key: text("the key, as docs/config.md has it: `health.timeout`, `env.LOG_LEVEL`"),
    value: {
      anyOf: [
        { type: "string" },
        { type: "number" },
        { type: "boolean" },
        { type: "array", items: { type: "string" } },
        { type: "null" },
      ],
      description: "its value; null: none, or it is hidden",
    },
    hidden: flag("the value is a secret, or looks like one and `--show` is not given"),
    from: oneOf(["default", "top", "stage", "host"], "which part of the config says so"),
  },
  "one setting",
);

/** The answers of `--json`, one document each, by command. Types, the schema file and docs/json.md are made of this. */
export const answers = {
  status: {
    about: "what is live on each host",
    fields: { hosts: list(record(readHost, "one host"), "the hosts, in the order of the config") },
  },
  releases: {
    about: "the releases on the hosts",
    fields: {
      releases: list(
        record(
          {
            host,
            release: text("its id"),
            status: orNull(
              oneOf(releaseStatuses, "its status"),
              "what became of it; null for one that another tool left",
            ),
            variants: list(oneOf(variants, "a slot"), "the slots that it stands in"),
          },
          "a release on a host",
        ),
        "host by host, newest first",
      ),
    },
  },
  audit: {
    about: "the deploy history",
    fields: {
      runs: list(
        record(
          {
            at: text("when it began, in UTC"),
            who: orNull(text("a user"), "who; null where that was not written down"),
            from: orNull(text("a machine"), "from which machine"),
            action: text("what: `run`, `rollback`, `restart`, `prune`"),
            hosts: list(
              record(
                {
                  host,
                  release: orNull(text("an id"), "id of the release"),
                  variant: orNull(oneOf(variants, "the slot"), "its slot"),
                  outcome: orNull(text("a word"), "how it ended there, as its run wrote it"),
                },
                "one host",
              ),
              "what each host has written down of it",
            ),
          },
          "one run",
        ),
        "newest first",
      ),
    },
  },
  plan: {
    about: "what would be done, by `plan` and with `--dry-run`; nothing was changed",
    fields: {
      release: text("id of the release"),
      hosts: list(
        record({ host, from: orNull(slot, "what is live; null: nothing"), to: slot }, "one host"),
        "the hosts",
      ),
      phases: list(
        record(
          {
            steps: list(
              record(
                {
                  host,
                  task,
                  title: text("what the task does"),
                  commands: texts("what would run, secrets masked"),
                  undo: orNull(
                    texts("commands"),
                    "what would take it back; null: it cannot be taken back; an empty list: there is no need to",
                  ),
                },
                "one task on one host",
              ),
              "host by host, in their order",
            ),
          },
          "one phase",
        ),
        "what is done together; all hosts wait for each other in between",
      ),
      warnings: list(record({ host, message: text("the sentence") }, "one"), "something to know"),
    },
  },
  lock: {
    about: "the hosts that are now locked by hand",
    fields: {
      hosts: list(record({ host, message: text("who locked it, when and why") }, "one host"), "the hosts"),
    },
  },
  unlock: {
    about: "the hosts that were locked by hand, and no longer are",
    fields: {
      hosts: list(record({ host, message: text("who had locked it, when and why") }, "one host"), "the hosts"),
    },
  },
  tasks: {
    about: "the tasks of a stage, in their order",
    fields: {
      tasks: list(
        record(
          {
            task,
            title: text("what it does"),
            barrier: flag("all hosts wait for each other before it"),
            once: flag("it runs on the first host only"),
            undo: oneOf(["commands", "not-needed", "irreversible"], "how it is undone"),
          },
          "one task",
        ),
        "in order",
      ),
    },
  },
  config: {
    about: "the config with all defaults filled in; jq's `from_entries` makes an object of `settings`",
    fields: {
      file: text("absolute path of the config"),
      stages: list(
        record(
          {
            name: text("name of the stage"),
            settings: list(setting, "what is the same on all its hosts"),
            hosts: list(
              record(
                {
                  name: text("name of the host"),
                  roles: texts("its roles"),
                  settings: list(setting, "ports and env there"),
                },
                "one host",
              ),
              "its hosts, globs expanded",
            ),
          },
          "one stage",
        ),
        "the stage that was named, or all",
      ),
    },
  },
  vhost: { about: "the nginx site", fields: file },
  unit: { about: "the systemd unit", fields: file },
  sudoers: { about: "the sudo rules", fields: file },
  open: { about: "where the app answers; no browser is opened", fields: { url: text("the URL") } },
  error: {
    about: "in place of an answer, where there is none",
    fields: { command },
  },
} as const;

/** What was asked for, as `--json` has it, without `v`, `at` and what every answer ends with. */
export type Answer = { [T in AnswerKind]: { readonly type: T } & AnswerBody<T> }[AnswerKind];

export type AnswerKind = keyof typeof answers;

export type AnswerBody<T extends AnswerKind> = {
  readonly [K in keyof (typeof answers)[T]["fields"]]: Of<(typeof answers)[T]["fields"][K]>;
};

export type Closing = { readonly [K in keyof typeof closing]: Of<(typeof closing)[K]> };
