import { variants } from "../model/variant.ts";
import { flag, list, oneOf, orNull, record, text, texts } from "./schema-kinds.ts";
import { host, task } from "./schema-parts.ts";

export const setting = record(
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

export const places = list(
  record(
    {
      where: oneOf(["here", "host", "stage"], "this machine, a host, or all hosts compared"),
      host: orNull(host, "name of the host; null where it is none"),
      findings: list(
        record(
          {
            level: oneOf(["wrong", "warning", "limit", "fine"], "wrong: it fails, and the exit code is 1"),
            message: text("what was found"),
            fixable: flag("`doctor --fix` fixes it"),
            commands: list(
              record(
                {
                  on: oneOf(["host", "here"], "where it is to be typed"),
                  command: text("the command"),
                  fedBy: orNull(text("a command"), "a command here whose output it reads; null: none"),
                },
                "one command",
              ),
              "commands that fix it or look closer, the first one first",
            ),
          },
          "one finding",
        ),
        "the worst first",
      ),
    },
    "one place",
  ),
  "this machine first",
);

export const runs = list(
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
);

export const phases = list(
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
);
