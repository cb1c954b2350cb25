import type { ExitCode } from "../errors.ts";
import { timestamp } from "../model/timestamp.ts";
import type { Answer, Closing } from "./answers.ts";
import { answers, closing } from "./answers.ts";
import { commandsIn, nameOfCode } from "./json-bodies.ts";
import { clean } from "./json-clean.ts";
import { record } from "./schema-kinds.ts";
import { schemaVersion } from "./schema-parts.ts";

/** What an answer may say beside its own fields. Problems say that it is not all well; the answer stands all the same. */
export type Beside = Partial<Pick<Closing, "problems" | "unreachable">>;

/** One JSON object on one line, for programs: the answer, or why there is none. */
export type AnswerReporter = {
  /** From now on these are masked. */
  hide(secrets: readonly unknown[]): void;
  /** Keeps the answer until `finish`. */
  give(answer: Answer, beside?: Beside): void;
  /** Writes it; with problems, that there is none. `next`: commands to type that stand in no problem. */
  finish(exitCode: ExitCode, problems: readonly string[], next?: readonly string[]): void;
};

export function answerReporter(
  write: (line: string) => void,
  now: () => number,
  asked: { readonly command: string | null; readonly stage: string | null },
): AnswerReporter {
  let hidden: readonly unknown[] = [];
  let given: (Answer & Beside) | undefined;

  return {
    hide(secrets) {
      hidden = [...hidden, ...secrets];
    },
    give(answer, beside = {}) {
      given = { ...answer, ...beside };
    },
    finish(exitCode, failed, next = []) {
      const answer = failed.length > 0 ? undefined : given;
      const { type, unreachable = [], problems = failed } = answer ?? { type: "error" as const };
      const all = [...new Set([...unreachable.map(({ problem }) => problem), ...problems])];
      const end: Closing = {
        stage: asked.stage,
        unreachable,
        exitCode,
        outcome: nameOfCode(exitCode),
        problems: all,
        next: [...new Set([...commandsIn(all), ...next])],
      };
      const body = clean(
        { command: asked.command, ...answer, ...end },
        record({ ...answers[type].fields, ...closing }, ""),
        hidden,
      );
      write(`${JSON.stringify(Object.assign({ v: schemaVersion, at: timestamp(now()), type }, body))}\n`);
    },
  };
}
