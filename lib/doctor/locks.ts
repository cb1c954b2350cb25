import { here } from "../model/problem.ts";
import type { Finding } from "./finding.ts";
import { fine, warning } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** A lock by hand refuses every run; one of a run means that what is read here is on its way. */
export function lockFindings({ locked, stage }: Patient): readonly Finding[] {
  const { byHand, byRun } = locked;
  if (byHand === undefined && byRun === undefined) return [fine("it is not locked")];
  return [
    ...(byHand === undefined
      ? []
      : [warning(`locked by hand: ${byHand}. All deploys are refused`, here(`bgdeploy unlock ${stage}`))]),
    ...(byRun === undefined ? [] : [warning(`a run is in progress (${byRun}); check again when it has ended`)]),
  ];
}
