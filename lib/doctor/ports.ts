import { onHost } from "../model/problem.ts";
import { portProblems } from "../plan/preflight.ts";
import { strangerProblems } from "../plan/strangers.ts";
import { isCrashing } from "./crashes.ts";
import type { Finding } from "./finding.ts";
import { fromProblems, wrong } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** The new variant's port must be free or its own unit's, and the live one's be listened on. */
export function portFindings({ target, exam }: Patient): readonly Finding[] {
  const { app, facts, layout, live, state } = target;
  const idle =
    state.kind === "unclear" ? [] : fromProblems(portProblems(target), `port ${app.ports[target.idle]} is free`);
  const port = live === undefined ? undefined : (facts.environmentPorts[live] ?? app.ports[live]);
  // That it does not run, or only now and then, is said elsewhere.
  const runs = live !== undefined && facts.units[live].active === "active" && !isCrashing(exam.units[live]);
  const isDeaf = runs && !facts.listeners.some((each) => each.port === port);
  return [
    ...strangerProblems(facts, app).map(({ what, mend }) => wrong(what, ...(mend === undefined ? [] : [mend]))),
    ...idle,
    ...(isDeaf
      ? [
          wrong(
            `${layout.service(live)} runs, but nothing listens on its port ${port}: nobody is served`,
            onHost(`journalctl -u ${layout.service(live)} -n 50 --no-pager`),
          ),
        ]
      : []),
  ];
}
