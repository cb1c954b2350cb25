import { here, onHost } from "../model/problem.ts";
import { quote } from "../model/shell.ts";
import { allows } from "../model/sudo.ts";
import type { Finding } from "./finding.ts";
import { fine, limit, warning, wrong } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** What the way in which this host grants root is worth: who could become root by it. */
export function strictFindings(patient: Patient): readonly Finding[] {
  const { target, stage, helper } = patient;
  const { facts, layout } = target;
  const { sudo, user } = facts;
  if (!layout.strict) {
    const equals = sudo.kind === "rules" && allows(sudo, ["tee", layout.unit]);
    return equals
      ? [limit(`${user.name} equals root: sudo lets them write ${layout.unit}. \`strict: true\` avoids that rule`)]
      : [];
  }
  const found = facts.files.helper;
  if (found === undefined) return [];
  const open = openPlaces(patient);
  const more = sudo.kind === "rules" ? sudo.rules.filter((rule) => !isHelper(rule, layout.helper)) : [];
  return [
    ...(found === helper
      ? []
      : [
          warning(
            `${layout.helper} is not the version that this bgdeploy installs`,
            here(`bgdeploy setup ${stage} --as root`),
          ),
        ]),
    ...open,
    ...more.map((rule) =>
      warning(
        `sudo lets ${user.name} run \`${rule}\` in addition to the helper; \`strict\` does not remove that rule`,
        onHost(`sudo grep -rn ${quote(user.name)} /etc/sudoers /etc/sudoers.d`),
      ),
    ),
    ...(open.length === 0 && more.length === 0
      ? [fine(`as root, ${user.name} can do only what ${layout.helper} does`)]
      : []),
  ];
}

/** Whoever may write the helper, or a directory above it, is root with the next run. */
function openPlaces({ exam }: Patient): readonly Finding[] {
  return exam.rooted
    .filter(({ uid, mode, link }) => uid !== 0 || link || (Number.parseInt(mode, 8) & 0o022) !== 0)
    .map(({ path, uid, mode, link }) => {
      if (link)
        return wrong(
          `${path} is a symlink, but must be a file or directory owned by root`,
          onHost(`ls -ld ${quote(path)}`),
        );
      const what =
        uid === 0
          ? `users other than root can write ${path} (mode ${mode})`
          : `${path} belongs to user ${uid}, not to root`;
      const mend = uid === 0 ? `sudo chmod go-w ${quote(path)}` : `sudo chown root:root ${quote(path)}`;
      return wrong(`${what}: they control what root does here`, onHost(mend));
    });
}

function isHelper(rule: string, helper: string): boolean {
  const command = rule.replace(/^!/, "");
  return rule.startsWith("!") || command === helper || command.startsWith(`${helper} `);
}
