import type { Mend } from "../model/problem.ts";
import { here, onHost } from "../model/problem.ts";
import { quote } from "../model/shell.ts";
import { allows } from "../model/sudo.ts";
import type { Finding } from "./finding.ts";
import { fine, warning, wrong } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** The unit on the host against the one that this config makes, and against the one that was deployed. */
export function unitFindings(patient: Patient): readonly Finding[] {
  const { target, exam, stage, unit } = patient;
  const { facts, layout, live } = target;
  const found = facts.files.unit;
  const compare = onHost(`diff ${layout.unit} -`, `bgdeploy unit ${stage}`);
  const isMasked = facts.units.blue.maskedBy === layout.unit || facts.units.green.maskedBy === layout.unit;
  const isEdited = live !== undefined && exam.units[live].record === "differs";
  return [
    ...(found === unit ? [fine(`${layout.unit} matches this config`)] : []),
    ...(found !== undefined && found !== unit && !isMasked ? [differs(patient, isEdited, compare)] : []),
    ...(found === undefined ? missing(patient) : []),
    ...(live !== undefined && exam.units[live].isStale
      ? [warning(`systemd has not read ${layout.unit} since it was changed`, onHost("sudo systemctl daemon-reload"))]
      : []),
    ...exam.standIns.map((path) =>
      wrong(
        `${path} replaces ${layout.unit}: systemd uses it and ignores what bgdeploy writes`,
        onHost(`sudo mv ${quote(path)} ${quote(`${path}.away`)} && sudo systemctl daemon-reload`),
      ),
    ),
    ...exam.dropIns.map((path) =>
      warning(`${path} extends the unit; bgdeploy does not read it`, onHost(`cat ${quote(path)}`)),
    ),
  ];
}

function differs({ target, stage }: Patient, isEdited: boolean, compare: Mend): Finding {
  const { layout } = target;
  const what = isEdited
    ? `${layout.unit} was changed by hand since the live release was deployed`
    : `${layout.unit} differs from what this config generates`;
  if (!onlySetupWritesUnit(target)) return warning(`${what}; the next run rewrites it`, compare);
  return wrong(
    `${what}, and ${whySetup(target)}: the next run will be refused`,
    here(`bgdeploy setup ${stage} --as root`),
    compare,
  );
}

function missing({ target, stage }: Patient): readonly Finding[] {
  const { layout, facts } = target;
  if (facts.tools.systemd === undefined || facts.unread.includes(layout.unit)) return [];
  const setup = here(`bgdeploy setup ${stage} --as root`);
  if (onlySetupWritesUnit(target)) return [wrong(`there is no ${layout.unit}, and ${whySetup(target)}`, setup)];
  if (target.live === undefined) return [];
  return [wrong(`there is no ${layout.unit}: ${layout.service(target.live)} cannot start again`, setup)];
}

function whySetup({ layout, facts }: Patient["target"]): string {
  return layout.strict
    ? "with `strict` only setup can write it"
    : `the sudo rules of ${facts.user.name} leave this to setup`;
}

/** Does only `setup` write the unit: with `strict`, or by rules that someone made narrower? */
export function onlySetupWritesUnit({ facts: { sudo }, layout }: Patient["target"]): boolean {
  if (layout.strict) return true;
  const wide = [
    ["tee", layout.unit],
    ["systemctl", "daemon-reload"],
  ];
  return sudo.kind === "rules" && wide.every((words) => !allows(sudo, words));
}
