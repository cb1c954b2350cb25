import { trustedSource } from "../host/trusted.ts";
import type { Command, Endpoint, Layout, Line, Target, Task, Variant } from "../lib/index.ts";
import { besideOf, endpointOf, link, rawLine, sh, shell, task, trustedLine } from "../lib/index.ts";
import { healthAgain } from "./health.ts";
import { keepLine, restoreLine } from "./keep.ts";
import { restoreLink } from "./links.ts";
import { sumsLine } from "./record.ts";
import type { SwitchOptions } from "./nginx.ts";
import { nginx } from "./nginx.ts";
import { keepReserve } from "./reserve.ts";
import { systemd } from "./systemd.ts";
import { portsText } from "./templates/unit.ts";

/** Makes an earlier release live again: with the unit and the environment that it ran with, checked and drained like a deploy. */
export function rollback({ mode = "reload" }: Pick<SwitchOptions, "mode"> = {}): readonly Task[] {
  return [
    task({
      name: "rollback:unit",
      title: "install the unit that it ran with",
      urgent: true,
      commands: ({ app, layout, facts, release }) => {
        const keep = keepLine(layout.unit, before(layout, "unit"));
        // A unit that setup has not installed is not root's.
        const install = layout.strict
          ? []
          : [installUnitFrom(layout, facts, layout.record(release.id).unit, { keep, ports: portsText(app) })];
        return [verify(layout, release.id), ...install];
      },
      undo: ({ layout, facts }) =>
        layout.strict
          ? []
          : [
              shell(
                "check the former unit",
                sh`${rawLine(trustedSource)}\n${trusted(layout, [before(layout, "unit")])}`,
                simple,
              ),
              installUnitFrom(layout, facts, before(layout, "unit")),
            ],
    }),
    task({
      name: "rollback:restore",
      title: "put the release and its environment back",
      commands: restore,
      undo: ({ layout, facts, idle }) => [
        restoreLink(`link current-${idle} back`, layout.currentOf(idle), facts.links[idle]),
        shell("put the former environment back", restoreLine(layout.environment(idle), before(layout, "env"))),
      ],
    }),
    ...systemd.start(),
    healthAgain(),
    ...nginx.switch({ mode, demote: "rolled-back" }),
    ...systemd.stop(),
  ];
}

/**
 * Nothing is restored that another user can have written, or that is no longer what was recorded. A release that another tool
 * left has no records, one of an earlier bgdeploy no sums.
 */
function verify(layout: Layout, id: string): Command {
  const { environment, unit, sums } = layout.record(id);
  const unlike = `${sums} does not match the recorded environment and unit: they were changed after ${id} ran`;
  const unknown = `no checksums were recorded for ${id}, which an earlier bgdeploy deployed, so bgdeploy cannot check that its environment and unit are unchanged`;
  return shell(
    "check the recorded environment and unit",
    sh`${rawLine(trustedSource)}
[ ! -e ${environment} ] && [ ! -L ${environment} ] && [ ! -e ${unit} ] && [ ! -L ${unit} ] && [ ! -e ${sums} ] || {
  ${trusted(layout, [environment, unit, sums])} && if [ ! -e ${sums} ]; then echo ${unknown}; else
    ${readLine("bg_wanted", sums)}; [ "$bg_wanted" = "$(${sumsLine(layout, id)})"$'\\n' ] || { echo ${unlike}; ${advise}; }
  fi
}`,
    { simple: true, warns: true },
  );
}

/** Fails, with what to do, where another user can have written one of the files. */
function trusted({ destination }: Layout, files: readonly string[]): Line {
  return sh`{ ${trustedLine(destination, files)} || { echo "$bg_why, so another user could have written what would be restored"; ${advise}; }; }`;
}

const advise = rawLine(
  "{ echo 'Choose another release with --to (`bgdeploy releases` lists them), or deploy: `bgdeploy run`'; false; }",
);

function restore({ layout, facts, idle, release, app }: Target): readonly Command[] {
  const isLinked = facts.links[idle] === release.id;
  return [
    keepReserve(layout),
    ...(isLinked ? [] : [link(`link current-${idle}`, layout.currentOf(idle), release.id)]),
    shell(
      "restore its environment, if it differs",
      environmentLine(layout, release.id, endpointOf({ app, layout }, idle), idle),
      simple,
    ),
  ];
}

/**
 * The environment that the release ran with. The first variables are ours, up to the name of the variant: what they say of the slot is made right,
 * for the release may come back in the other one. A release that another tool left has no record: it keeps the file of its slot.
 */
function environmentLine(layout: Layout, id: string, endpoint: Endpoint, idle: Variant): Line {
  const record = layout.record(id).environment;
  const path = layout.environment(idle);
  const beside = besideOf(path);
  const [itsPlace, itsName] = [`"${endpoint.kind === "port" ? endpoint.port : endpoint.path}"`, `"${idle}"`];
  const edit = sh`case "\${bg_name##*_}" in PORT|SOCKET) bg_lines[bg_index]=$bg_name=${itsPlace} ;; VARIANT) bg_lines[bg_index]=$bg_name=${itsName}; break ;; esac`;
  return sh`[ ! -e ${record} ] || { mapfile -t bg_lines <${record}
  for bg_index in 0 1 2 3 4 5; do bg_name=\${bg_lines[bg_index]-}; bg_name=\${bg_name%%=*}; ${edit}; done
  printf -v bg_wanted '%s\\n' "\${bg_lines[@]}"
  ${readLine("bg_there", path)}; [ "$bg_wanted" = "$bg_there" ] || {
    ${keepLine(path, before(layout, "env"), "name")} && ( umask 077; printf %s "$bg_wanted" >${beside} ) && sync ${beside} && mv -fT ${beside} ${path}
  }; }`;
}

type Install = {
  /** What keeps the unit that is there. */
  readonly keep: Line;
  /** Its last section: the release gets the ports of now. */
  readonly ports: string;
};

/** Installs a kept unit where it differs from the one that is there, byte for byte, or with the ports of now. */
function installUnitFrom({ unit }: Layout, { sudo }: Target["facts"], file: string, install?: Install): Command {
  const asRoot = rawLine(sudo.kind === "root" ? "" : "sudo -n ");
  const keep = install?.keep ?? rawLine(":");
  const renew = install === undefined ? rawLine(":") : sh`bg_wanted=\${bg_wanted%%$'\\n[X-Bgdeploy]'*}${install.ports}`;
  return shell(
    `install ${unit}, if it differs`,
    sh`[ ! -e ${file} ] || { ${readLine("bg_wanted", file)}; ${renew}; ${readLine("bg_there", unit)}; [ "$bg_wanted" = "$bg_there" ]; } || { ${keep} && printf %s "$bg_wanted" | ${asRoot}tee ${unit} >/dev/null && sync ${unit} && ${asRoot}systemctl daemon-reload; }`,
    simple,
  );
}

/** Reads a text file into a variable without a process; what is not there is empty. */
function readLine(variable: string, path: string): Line {
  return sh`${rawLine(variable)}=; [ ! -r ${path} ] || IFS= read -r -d '' ${rawLine(variable)} <${path}`;
}

/** What runs in the session's own shell costs the host no process. */
const simple = { simple: true };

function before({ state }: Layout, what: "env" | "unit"): string {
  return `${state}/rollback.${what}.before`;
}
