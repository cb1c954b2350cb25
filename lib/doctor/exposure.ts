import { here, onHost } from "../model/problem.ts";
import type { Finding } from "./finding.ts";
import { fine, warning } from "./finding.ts";
import type { Patient } from "./patient.ts";
import { onlySetupWritesUnit } from "./unit.ts";

/** Of 10. The sandbox comes to less than 2, a unit without it to 9. */
const much = 5;

/** How much of the host the service could reach, were it taken over: systemd's own figure. */
export function exposureFindings({ target, exam: { exposure }, stage, unit }: Patient): readonly Finding[] {
  const { app, facts, layout } = target;
  if (exposure === undefined) return [];
  const service = layout.service("blue");
  const figure = `the exposure of ${service} is ${exposure.toFixed(1)} of 10 (systemd-analyze security)`;
  const look = onHost(`systemd-analyze security --no-pager ${service}`);
  if (exposure <= much) return [fine(figure)];
  if (!app.sandbox)
    return [
      warning(
        `${figure}: the config has \`sandbox: false\`. Remove it, and allow what the app needs with \`unit\``,
        look,
      ),
    ];
  if (facts.files.unit === unit)
    return [warning(`${figure}: the config's \`unit\` disables much of the sandbox`, look)];
  const [who, command] = onlySetupWritesUnit(target)
    ? ["setup", `bgdeploy setup ${stage} --as root`]
    : ["the next run", `bgdeploy run ${stage}`];
  return [warning(`${figure}: the unit has no sandbox yet; ${who} adds it`, here(command))];
}
