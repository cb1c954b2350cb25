import type { Endpoint } from "../model/endpoint.ts";
import { currentEndpoint, describeEndpoint } from "../model/endpoint.ts";
import { onHost } from "../model/problem.ts";
import type { Target } from "../model/target.ts";
import { allPortProblems } from "../plan/preflight.ts";
import { socketProblems } from "../plan/sockets.ts";
import { strangerProblems } from "../plan/strangers.ts";
import { isCrashing } from "./crashes.ts";
import type { Finding } from "./finding.ts";
import { fine, fromProblems, limit, warning, wrong } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** The new variant's port must be free or its own unit's, and the live one's be listened on. */
export function portFindings({ target, exam, free }: Patient): readonly Finding[] {
  const { app, facts, layout, live, state } = target;
  const idle =
    app.listen === "socket"
      ? fromProblems(socketProblems(target), "the app's sockets are reachable")
      : state.kind === "unclear"
        ? []
        : fromProblems(allPortProblems(target, free), `port ${app.ports[target.idle]} is free`);
  // That it does not run, or only now and then, is said elsewhere.
  const runs = live !== undefined && facts.units[live].active === "active" && !isCrashing(exam.units[live]);
  const deaf = runs ? [currentEndpoint(target, live)].filter((each) => !isHeard(each, target)) : [];
  return [
    ...strangerProblems(target).map(({ what, mend }) => wrong(what, ...(mend === undefined ? [] : [mend]))),
    ...idle,
    ...deaf.map((each) => {
      const service = layout.service(live ?? target.idle);
      const what = `${service} runs, but nothing listens on its ${describeEndpoint(each)}: no request is served`;
      return wrong(what, onHost(`journalctl -u ${service} -n 50 --no-pager`));
    }),
    ...ownership(target),
  ];
}

function isHeard(endpoint: Endpoint, { facts }: Target): boolean {
  return endpoint.kind === "port"
    ? facts.listeners.some((each) => each.port === endpoint.port)
    : facts.listeningSockets.includes(endpoint.variant);
}

/** Whose a port is while nothing of the app listens there: below 1024 root's, and whom root lets, else anybody's. */
function ownership({ app, facts }: Target): readonly Finding[] {
  if (app.listen === "socket") return [fine("only the app can listen on its sockets")];
  const open = [app.ports.blue, app.ports.green].filter((port) => port >= 1024);
  if (open.length === 0) return [fine("no other user on the host can listen on the app's ports")];
  const close = '`listen: "socket"` prevents that, as do ports under 1024';
  return facts.nginx.includesFlag
    ? [
        warning(
          `any user on the host can listen on the idle variant's port, which the site names as a backup, and gets visitors if the live one fails: ${close}`,
        ),
      ]
    : [limit(`any user on the host can listen on port ${open.join(" or ")} while the app does not: ${close}`)];
}
