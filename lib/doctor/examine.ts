import { diskProblems, movedProblems } from "../plan/preflight.ts";
import { unprepared } from "../plan/unprepared.ts";
import { bootFindings } from "./boot.ts";
import { clockFindings } from "./clock.ts";
import { crashFindings } from "./crashes.ts";
import { leftoverFindings, secrecyFindings } from "./files.ts";
import type { Diagnosis, Finding } from "./finding.ts";
import { exposureFindings } from "./exposure.ts";
import { diagnosis, fromProblems, wrong } from "./finding.ts";
import { lockFindings } from "./locks.ts";
import type { Check, Patient } from "./patient.ts";
import { placeFindings } from "./place.ts";
import { portFindings } from "./ports.ts";
import { programFindings } from "./programs.ts";
import { reachFindings } from "./reach.ts";
import { siteFindings } from "./site.ts";
import { linkFindings, stateFindings } from "./state.ts";
import { strictFindings } from "./strict.ts";
import { sudoFindings } from "./sudo.ts";
import { trustFindings } from "./trust.ts";
import { unitFindings } from "./unit.ts";
import { withheldFindings } from "./withheld.ts";

/** Everything that is looked at on one host. */
const checks: readonly Check[] = [
  stateFindings,
  crashFindings,
  bootFindings,
  ({ target, stage }) => fromProblems(unprepared(target, stage), "it is set up: programs, users, directories"),
  programFindings,
  placeFindings,
  withheldFindings,
  reachFindings,
  trustFindings,
  sudoFindings,
  strictFindings,
  siteFindings,
  unitFindings,
  exposureFindings,
  ({ target }) => fromProblems(movedProblems(target), "the unit runs from the destination"),
  portFindings,
  ({ target, load }) => fromProblems(diskProblems(target, load), "there is enough disk space for the release"),
  linkFindings,
  secrecyFindings,
  leftoverFindings,
  clockFindings,
  lockFindings,
  ({ refusals }) => refusals.map((text) => wrong(text)),
];

/** Looks at one host. */
export function examine(patient: Patient): Diagnosis {
  return diagnosis(
    { kind: "host", host: patient.target.host.name },
    (isOfAnotherMode(patient) ? unrelated : checks)
      .flatMap((check) => check(patient))
      .map((finding) => asRoot(finding, patient)),
  );
}

/** A host that is set up for `strict`, and a config that is not: all else would only be that, again and again. */
function isOfAnotherMode({ target: { layout, facts } }: Patient): boolean {
  return !layout.strict && facts.files.helper !== undefined;
}

const unrelated: readonly Check[] = [
  ({ target, stage }) => fromProblems(unprepared(target, stage), "it is set up: programs, users, directories"),
  programFindings,
  clockFindings,
  lockFindings,
];

/** Where ssh connects as root there may be no sudo. */
function asRoot(finding: Finding, { target }: Patient): Finding {
  if (target.facts.sudo.kind !== "root") return finding;
  return { ...finding, mends: finding.mends.map((mend) => ({ ...mend, line: mend.line.replaceAll("sudo ", "") })) };
}
