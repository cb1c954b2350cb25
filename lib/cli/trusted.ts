import { UserError } from "../errors.ts";
import { sentenceOf } from "../model/problem.ts";
import { refuseGround } from "../plan/trust.ts";
import type { Survey } from "../remote/survey.ts";
import { hostOf } from "./look.ts";

/** Throws a `UserError` where others could lead elsewhere what is to be written on a host. A run makes that safe first; the other commands do not. */
export function refuseUntrusted(surveys: readonly Survey[], stage: string): void {
  const problems = surveys.flatMap((each) =>
    refuseGround(each.facts, stage).map((found) => `${hostOf(each)}: ${sentenceOf(found)}`),
  );
  if (problems.length > 0) throw new UserError(problems);
}
