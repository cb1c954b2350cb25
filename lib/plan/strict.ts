import type { Problem } from "../model/problem.ts";
import { here, problem } from "../model/problem.ts";
import { nginxService, usualNginx } from "../model/nginx.ts";
import { helperProtocol } from "../model/privileged.ts";
import type { Target } from "../model/target.ts";

/** Where the config and the host disagree about `strict`, nginx and systemd would read other files than a run writes. */
export function strictProblems({ facts, layout, app }: Target, stage: string): readonly Problem[] {
  const { helper } = facts.files;
  const set = (what: string): readonly Problem[] => [
    problem(what, "Prepare the host once", here(`bgdeploy setup ${stage} --as root`)),
  ];
  if (!layout.strict) {
    return helper === undefined
      ? []
      : [
          problem(
            `the host is set up for \`strict: true\` (${layout.helper} exists), but the config does not have it. Add \`strict: true\`; to leave strict mode, see docs/commands/setup.md`,
          ),
        ];
  }
  if (helper === undefined) return set(`it is not set up for \`strict: true\`: ${layout.helper} does not exist`);
  const protocol = /^protocol=(\w+)$/m.exec(helper)?.[1];
  if (protocol !== helperProtocol || !helper.includes(`\napp=${app.name}\n`))
    return set(`${layout.helper} is from another version of bgdeploy`);
  const reloads = /^service=(.*)$/m.exec(helper)?.[1] ?? nginxService(usualNginx);
  const tests = /^nginx=(.*)$/m.exec(helper)?.[1] ?? usualNginx.binary;
  if (reloads !== nginxService(layout.nginx) || tests !== layout.nginx.binary)
    return set(
      `${layout.helper} runs ${tests} and reloads ${reloads}, which is not what \`nginx\` in the config names`,
    );
  if (facts.files.backendAt !== layout.backend) return set(`${layout.backend} does not exist`);
  const { unit } = facts.files;
  if (unit !== undefined && !unit.includes(layout.unitEnvironment("%i")))
    return set(`${layout.unit} does not read ${layout.unitEnvironment("%i")} yet`);
  const { includesBackend, includesFlag, formerSites } = facts.nginx;
  if (formerSites.length > 0)
    return set(`${formerSites.join(" and ")} still names the backend file of ${layout.destination}`);
  return includesBackend === false && !includesFlag ? set(`no nginx site includes ${layout.backend}`) : [];
}
