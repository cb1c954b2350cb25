import { onHost } from "../model/problem.ts";
import { quote } from "../model/shell.ts";
import type { Finding } from "./finding.ts";
import { wrong } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** What a run must read, replace or link, and cannot. */
export function withheldFindings({ target, exam }: Patient): readonly Finding[] {
  const { facts, layout } = target;
  const { withheld, inTheWay } = exam;
  // systemd's own directory is not the deploy user's.
  const isUnitHidden = facts.unread.includes(layout.unit);
  // Where something of the state is another's, more below it may be.
  const theirs = [...new Set(withheld.map((path) => (path.startsWith(`${layout.state}/`) ? layout.state : path)))];
  const files = `${withheld.slice(0, 3).join(", ")}${withheld.length > 3 ? ` and ${withheld.length - 3} more` : ""}`;
  return [
    ...(withheld.length === 0
      ? []
      : [
          wrong(
            `${facts.user.name} cannot read or replace ${files}: another user, perhaps root, deployed here before`,
            onHost(`sudo chown -hR ${quote(facts.user.name)} ${theirs.map((path) => quote(path)).join(" ")}`),
          ),
        ]),
    ...(isUnitHidden
      ? [
          wrong(
            `${facts.user.name} cannot read ${layout.unit}, so a run could not tell what to change in it`,
            onHost(`sudo chmod a+r ${quote(layout.unit)}`),
          ),
        ]
      : []),
    ...inTheWay.map((path) =>
      wrong(
        `${path} is in the way: ${path.startsWith(`${layout.versions}/`) ? "a link belongs there" : "systemd needs a directory there"}`,
        onHost(`sudo mv -T ${quote(path)} ${quote(`${path}.away`)}`),
      ),
    ),
  ];
}
