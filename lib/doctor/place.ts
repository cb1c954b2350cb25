import { onHost } from "../model/problem.ts";
import { quote } from "../model/shell.ts";
import { allows } from "../model/sudo.ts";
import { ownerWarnings } from "../plan/preflight.ts";
import type { Finding } from "./finding.ts";
import { fine, limit, warning } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** The ssh user's groups, and whose the files are. */
export function placeFindings({ target }: Patient): readonly Finding[] {
  const { app, facts, layout } = target;
  const { user, sudo } = facts;
  const isRoot = sudo.kind === "root";
  const join = (group: string): ReturnType<typeof onHost> =>
    onHost(`sudo usermod -aG ${quote(group)} ${quote(user.name)}`);
  const reads = isRoot || user.groups.some((group) => group === "systemd-journal" || group === "adm");
  const chown = ["chown", "-R", `${user.name}:${app.group}`, layout.destination];
  const gives = isRoot || user.groups.includes(app.group) || (app.user === user.name && allows(sudo, chown));
  return [
    reads
      ? isRoot
        ? fine("root can read the journal")
        : limit(`${user.name} can read the logs of all services on the host (group systemd-journal or adm)`)
      : warning(
          `${user.name} is not in group systemd-journal: if the app crashes, bgdeploy cannot show its last log lines`,
          join("systemd-journal"),
        ),
    ...(gives || !facts.groupExists
      ? []
      : [
          warning(
            `${user.name} is not in group ${app.group}: release files will not belong to that group`,
            join(app.group),
          ),
        ]),
    ...ownerWarnings(target).map(({ what }) => warning(what)),
  ];
}
