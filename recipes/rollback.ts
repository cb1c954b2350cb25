import type { Command, Line, Target, Task } from "../lib/index.ts";
import { link, rawLine, sh, shell, task } from "../lib/index.ts";
import { healthAgain } from "./health.ts";
import { keepLine, restoreLine } from "./keep.ts";
import { restoreLink } from "./links.ts";
import type { SwitchOptions } from "./nginx.ts";
import { nginx } from "./nginx.ts";
import { keepReserve } from "./reserve.ts";
import { systemd } from "./systemd.ts";

/** Makes an earlier release live again: with the unit and the environment that it ran with, checked and drained like a deploy. */
export function rollback({ mode = "reload" }: Pick<SwitchOptions, "mode"> = {}): readonly Task[] {
  return [
    task({
      name: "rollback:unit",
      title: "install the unit that it ran with",
      urgent: true,
      commands: ({ layout, facts, release }) => [
        shell("keep the unit", keepLine(layout.unit, before(layout, "unit")), { simple: true }),
        installUnitFrom(layout, facts, layout.record(release.id).unit),
      ],
      undo: ({ layout, facts }) => [installUnitFrom(layout, facts, before(layout, "unit"))],
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
    ...nginx.switch({ mode, demote: "failed" }),
    ...systemd.stop(),
  ];
}

function restore({ layout, idle, release, app }: Target): readonly Command[] {
  const path = layout.environment(idle);
  return [
    keepReserve(layout),
    link(`link current-${idle}`, layout.currentOf(idle), release.id),
    shell("keep the environment", keepLine(path, before(layout, "env")), { simple: true }),
    shell(
      "restore its environment",
      environmentLine(layout.record(release.id).environment, path, app.ports[idle], idle),
    ),
  ];
}

/**
 * The environment that the release ran with. The first six variables are ours: what they say of the slot is made right,
 * for the release may come back in the other one. A release that another tool left has no record: it keeps the file of its slot.
 */
function environmentLine(record: string, path: string, port: number, idle: string): Line {
  const beside = `${path}.bgdeploy-new`;
  const edits = [
    `s/^PORT=.*/PORT="${port}"/`,
    `s/^\\([A-Za-z0-9_]*_HTTP_PORT\\)=.*/\\1="${port}"/`,
    `s/^\\([A-Za-z0-9_]*_VARIANT\\)=.*/\\1="${idle}"/`,
  ];
  return sh`[ ! -e ${record} ] || { umask 077; sed -e ${`1,6{${edits.join(";")}}`} ${record} >${beside} && sync ${beside} && mv -fT ${beside} ${path}; }`;
}

/** Installs a kept unit where it differs from the one that is there. */
function installUnitFrom({ unit }: Target["layout"], { sudo }: Target["facts"], file: string): Command {
  const asRoot = rawLine(sudo.kind === "root" ? "" : "sudo ");
  return shell(
    `install ${unit}, if it differs`,
    sh`if [ -e ${file} ] && ! cmp -s ${file} ${unit}; then ${asRoot}tee ${unit} <${file} >/dev/null && sync ${unit} && ${asRoot}systemctl daemon-reload; fi`,
  );
}

function before({ state }: Target["layout"], what: "env" | "unit"): string {
  return `${state}/rollback.${what}.before`;
}
