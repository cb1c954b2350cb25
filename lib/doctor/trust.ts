import { takeoverWarnings, trustProblems, trustWarnings } from "../plan/trust.ts";
import type { Finding } from "./finding.ts";
import { fine, warning, wrong } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** Could the app, or another user of the host, act as whoever deploys? */
export function trustFindings({ target, stage }: Patient): readonly Finding[] {
  const { app, facts } = target;
  const problems = trustProblems(target, stage);
  const accepted = app.appCanActAsDeployer ? trustWarnings(target) : [];
  const taken = takeoverWarnings(target);
  const found = [
    ...problems.map(({ what, mend }) => wrong(what, ...(mend === undefined ? [] : [mend]))),
    ...[...accepted, ...taken].map(({ what }) => warning(what)),
    ...(app.writable ? [warning(writable)] : []),
  ];
  const owners =
    facts.ground.length === 0 ? [] : [fine(`only root and ${facts.user.name} can change what is deployed`)];
  return found.length > 0 ? found : owners;
}

const writable =
  "the release is writable: an attacker who takes over the app can change what hooks and health checks execute";
