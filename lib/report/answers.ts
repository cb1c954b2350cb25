import { releaseStatuses } from "../model/release.ts";
import { variants } from "../model/variant.ts";
import type { Of } from "./schema-kinds.ts";
import { flag, integer, list, oneOf, orNull, record, text, texts } from "./schema-kinds.ts";
import { phases, places, runs, setting } from "./answer-parts.ts";
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
      runs,
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
      phases,
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
  doctor: {
    about: "what would make the next deploy or a reboot fail; with `--fix` as it is afterwards",
    fields: {
      places,
    },
  },
  env: {
    about: "the environment of the next deploy, and how it differs from the live one",
    fields: {
      hosts: list(
        record(
          {
            host,
            live: orNull(slot, "what it is compared with; null: nothing is live"),
            variables: list(
              record(
                {
                  name: text("its name"),
                  value: orNull(
                    text("a value"),
                    "what is written; null: it goes, it is a secret, or it looks like one",
                  ),
                  change: oneOf(["same", "new", "gone", "changed", "unknown"], "unknown: it could not be compared"),
                },
                "one variable",
              ),
              "the variables; with `--diff` those that differ",
            ),
          },
          "one host",
        ),
        "the hosts",
      ),
    },
  },
  maintenance: {
    about: "maintenance mode as it is now",
    fields: {
      on: flag("visitors see the 503 page"),
      hosts: list(record({ host, changed: flag("it was not so before") }, "one host"), "the hosts"),
    },
  },
  prune: {
    about: "the releases that were deleted, or with `--dry-run` would be",
    fields: {
      deleted: flag("false: with `--dry-run`"),
      hosts: list(
        record(
          {
            host,
            releases: texts("ids of the releases"),
            freed: orNull(integer("bytes"), "bytes that were freed; null: not known"),
          },
          "one host",
        ),
        "the hosts",
      ),
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
