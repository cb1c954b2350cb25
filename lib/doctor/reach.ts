import type { Reach } from "../model/exam.ts";
import { here, onHost } from "../model/problem.ts";
import { quote } from "../model/shell.ts";
import type { Finding } from "./finding.ts";
import { fine, warning, wrong } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** Can the service's user come to the program of the live release, and start it? Another release stands beside it. */
export function reachFindings({ target, exam, stage }: Patient): readonly Finding[] {
  const { app, layout, live } = target;
  const { reach } = exam;
  const mounted = exam.noexec
    ? [
        wrong(
          `${layout.destination} is mounted with noexec: systemd cannot start a program there`,
          onHost(`findmnt -T ${quote(layout.destination)}`),
        ),
      ]
    : [];
  // That its link leads nowhere is said elsewhere.
  if (live === undefined || reach.program === undefined) return mounted;
  const { program, user, way } = reach;
  const closed = user === undefined ? [] : way.filter((each) => !mayPass(each, user));
  if (closed.length === 0 && !way.some(({ path }) => path === program))
    return [
      ...mounted,
      wrong(
        `the live release no longer has its program ${program}, so it cannot start again. Deploy again`,
        here(`bgdeploy run ${stage}`),
      ),
    ];
  if (user === undefined) return mounted;
  if (closed.length === 0)
    return mounted.length > 0 ? mounted : [fine(`${app.exec.user} can start the live release's program`)];
  return [
    ...mounted,
    ...closed.map(({ path, mode, gid }) => {
      // An access control list shows in the group's part of the mode.
      const say = mode[6] !== "-" && !user.groups.includes(gid) ? warning : wrong;
      const what = path === program ? "start" : "enter";
      return say(
        `${app.exec.user}, the user of the service, cannot ${what} ${path} (${mode}): neither the live release nor a new one can start`,
        onHost(`sudo chmod a+x ${quote(path)}`),
      );
    }),
  ];
}

/** By the owner's part of the mode, the group's or the others': the first that fits counts, as for the kernel. */
function mayPass({ mode, uid, gid }: Reach["way"][number], user: NonNullable<Reach["user"]>): boolean {
  if (user.uid === 0) return true;
  const at = uid === user.uid ? 3 : user.groups.includes(gid) ? 6 : 9;
  return "xst".includes(mode[at] ?? "-");
}
