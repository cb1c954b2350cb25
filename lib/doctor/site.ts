import { reloadByHand } from "../model/nginx.ts";
import { here, onHost } from "../model/problem.ts";
import { disabledProblems } from "../plan/preflight.ts";
import { quote } from "../model/shell.ts";
import type { Finding } from "./finding.ts";
import { fine, warning, wrong } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** Does traffic come to the app at all? */
export function siteFindings({ target, exam, stage }: Patient): readonly Finding[] {
  const { facts, layout } = target;
  const { nginx, tools } = facts;
  if (tools.nginx === undefined) return [];
  const test =
    nginx.test.verdict === "unknown"
      ? [warning(untested(facts.user.name), onHost(`sudo ${layout.nginx.binary} -t`))]
      : [];
  const open = openings(target, stage);
  const link = nginx.disabledSite?.replace("/sites-available/", "/sites-enabled/");
  const enable = `sudo ln -sfn ${nginx.disabledSite} ${link} && ${reloadByHand(layout.nginx)}`;
  const disabled = disabledProblems(target).map(({ what }) => wrong(what, onHost(enable)));
  if (disabled.length > 0) return [...test, ...open, ...disabled];
  if (nginx.includesFlag) return [...test, ...open, fine("its nginx site switches by the file live-green")];
  if (exam.site.includesBackend) return [...test, ...open, fine(`nginx includes ${layout.backend}`)];
  const hidden = exam.site.unread;
  if (hidden.length > 0) {
    const files = `${hidden.slice(0, 3).join(", ")}${hidden.length > 3 ? " …" : ""}`;
    return [
      ...test,
      warning(
        `cannot tell whether a site includes ${layout.backend}: ${facts.user.name} cannot read ${files}`,
        onHost(`sudo ${layout.nginx.binary} -T | grep ${layout.backend}`),
      ),
    ];
  }
  return [...test, notIncluded(target, stage)];
}

/** What a site that an earlier bgdeploy wrote lets pass, and the present one does not: no run overwrites it. */
function openings({ facts, layout }: Patient["target"], stage: string): readonly Finding[] {
  const lines = (facts.files.vhost ?? "").split("\n").map((line) => line.replace(/#.*/, "").trim());
  const root = `root ${layout.current};`;
  const guard = "disable_symlinks if_not_owner from=$document_root;";
  const followed = lines.includes(root) && !lines.some((line) => /^disable_symlinks\s+(on|if_not_owner)\b/.test(line));
  const upgraded = lines.some((line) => /^proxy_set_header\s+Upgrade\s+\$http_upgrade;$/i.test(line));
  const early = lines.includes(`if (-f ${layout.liveGreen}) {`) && !lines.some((line) => line.startsWith("mirror "));
  const insert = `sudo sed -i ${quote(`s|^\\( *\\)${root}$|&\\n\\1${guard}|`)} ${layout.vhost} && ${reloadByHand(layout.nginx)}`;
  const compare = onHost(`diff ${layout.vhost} -`, `bgdeploy vhost ${stage}`);
  return [
    ...(followed
      ? [
          warning(
            `${layout.vhost} follows every symlink below /static/: a planted symlink exposes every file that nginx can read`,
            onHost(insert),
            compare,
          ),
        ]
      : []),
    ...(early
      ? [
          warning(
            `${layout.vhost} chooses blue or green before a request's body has arrived: a slow upload can be lost when the old variant stops`,
            compare,
          ),
        ]
      : []),
    ...(upgraded
      ? [
          warning(
            `${layout.vhost} passes every protocol upgrade to the app, h2c included, not only WebSockets: a client could bypass nginx`,
            compare,
          ),
        ]
      : []),
  ];
}

/** The probe looks through all that lies below /etc/nginx; what nginx does not read of it does not count. */
function notIncluded({ facts, layout }: Patient["target"], stage: string): Finding {
  const { nginx, files } = facts;
  const what = `no nginx site includes ${layout.backend}: traffic does not reach the app`;
  if (files.vhost?.includes(layout.destination) === true && nginx.includesBackend === true) {
    return wrong(
      `${what}. ${layout.vhost} has it, but is not enabled, or only in a comment`,
      onHost(`sudo ln -sfn ${layout.vhost} ${layout.vhostLink} && ${reloadByHand(layout.nginx)}`),
      onHost(`diff ${layout.vhost} -`, `bgdeploy vhost ${stage}`),
    );
  }
  if (files.vhost !== undefined)
    return wrong(
      `${what}. ${layout.vhost} has been edited`,
      onHost(`diff ${layout.vhost} -`, `bgdeploy vhost ${stage}`),
    );
  return wrong(what, here(`bgdeploy setup ${stage} --as root`), here(`bgdeploy vhost ${stage}`));
}

function untested(user: string): string {
  return `${user} cannot run nginx -t: a broken configuration would be found only at the reload`;
}
