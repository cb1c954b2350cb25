import { exitCodes } from "../errors.ts";
import { variants } from "../model/variant.ts";
import { list, oneOf, orNull, record, text, texts } from "./schema-kinds.ts";

/** It is raised when a field, an event or an answer goes, or means something else; what is added does not raise it. */
export const schemaVersion = 1;

export const command = orNull(
  text("the command"),
  "what was asked for, for example `run`; null where it could not be understood",
);
export const stage = orNull(text("the stage"), "the stage; null where none was given");
export const host = text("name of the host, as the config has it");
export const task = text("name of the task");
export const slot = record(
  {
    release: orNull(text("id of the release"), "id of the release; null where the slot has none"),
    variant: oneOf(variants, "the slot"),
  },
  "a release in its slot",
);
export const live = orNull(slot, "what serves; null: nothing, or it is not known");
export const exitCode = oneOf(Object.values(exitCodes), "the exit code");
export const outcome = oneOf(Object.keys(exitCodes), "the exit code's name");
export const problems = texts("what is wrong or went wrong, one sentence each");
export const next = texts("commands to type next");

/** What was read from a host. */
export const readHost = {
  host,
  state: oneOf(
    ["first", "live", "down", "unclear"],
    "first: nothing was deployed yet; down: the live variant does not run; unclear: it cannot be told which one is live",
  ),
  live,
  since: orNull(text("a time"), "when the last release that stayed went live, in UTC"),
  units: record(
    { blue: text("ActiveState of the unit"), green: text("ActiveState of the unit") },
    "what systemd says of the units",
  ),
  boot: list(oneOf(variants, "a slot"), "the slots that start at boot"),
  lock: oneOf(["free", "run", "hand"], "free; held by a run; locked by hand"),
  problems: texts("what is wrong there, one sentence each"),
} as const;
