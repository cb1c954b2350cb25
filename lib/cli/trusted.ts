import { UserError } from "../errors.ts";
import { sentenceOf } from "../model/problem.ts";
import { refuseGround, wayProblems } from "../plan/trust.ts";
import type { Survey } from "../remote/survey.ts";
import { hostOf } from "./look.ts";

/** Throws a `UserError` where others could lead elsewhere what is to be written on a host. A run makes that safe first; the other commands do not. */
export function refuseUntrusted(surveys: readonly Survey[], stage: string): void {
  const problems = surveys.flatMap((each) =>
    refuseGround({ ...each.place, facts: each.facts }, stage).map((found) => `${hostOf(each)}: ${sentenceOf(found)}`),
  );
  if (problems.length > 0) throw new UserError(problems);
}

/** The same where what can be made safe will be: only the way to the destination cannot. */
export function refuseUntrustedWays(surveys: readonly Survey[]): void {
  const problems = surveys.flatMap(({ place, facts }) =>
    wayProblems({ ...place, facts }).map((found) => `${place.connected.session.host}: ${sentenceOf(found)}`),
  );
  if (problems.length > 0) throw new UserError(problems);
}
