import type { Command, Target, Task } from "../lib/index.ts";
import { rawLine, sh, shell, task } from "../lib/index.ts";
import { health } from "./health.ts";
import { pointLink, restoreLink } from "./links.ts";
import type { SwitchOptions } from "./nginx.ts";
import { nginx } from "./nginx.ts";
import { systemd } from "./systemd.ts";

/** Makes an earlier release live again: with the unit and the environment that it ran with, checked and drained like a deploy. */
export function rollback({ mode = "reload" }: Pick<SwitchOptions, "mode"> = {}): readonly Task[] {
  return [
    task({
      name: "rollback:restore",
      title: "put the release back into place",
      commands: restore,
      undo: (target) => {
        const { layout, facts, idle } = target;
        return [
          restoreLink(`link current-${idle} back`, layout.currentOf(idle), facts.links[idle]),
          shell(
            "put the former environment back",
            sh`[ ! -e ${before(target, "env")} ] || mv -fT ${before(target, "env")} ${layout.environment(idle)}`,
          ),
          installUnitFrom(target, before(target, "unit")),
        ];
      },
    }),
    ...systemd.start(),
    health(),
    ...nginx.switch({ mode, demote: "failed" }),
    ...systemd.stop(),
  ];
}

function restore(target: Target): readonly Command[] {
  const { layout, idle, release, app } = target;
  const record = layout.record(release.id);
  const path = layout.environment(idle);
  return [
    pointLink(`link current-${idle}`, layout.currentOf(idle), release.id),
    shell(
      "keep the former environment and unit",
      sh`rm -f ${before(target, "env")} && cp -p ${layout.unit} ${before(target, "unit")} && if [ -e ${path} ]; then cp -p ${path} ${before(target, "env")}; fi`,
    ),
    shell("restore its environment", environmentLine(record.environment, path, app.ports[idle], idle)),
    installUnitFrom(target, record.unit),
  ];
}

/**
 * The environment that the release ran with. The first six variables are ours: what they say of the slot is made right,
 * for the release may come back in the other one. A release that another tool left has no record: it keeps the file of its slot.
 */
function environmentLine(record: string, path: string, port: number, idle: string): ReturnType<typeof rawLine> {
  const beside = `${path}.bgdeploy-new`;
  const edits = [
    `s/^PORT=.*/PORT="${port}"/`,
    `s/^\\([A-Za-z0-9_]*_HTTP_PORT\\)=.*/\\1="${port}"/`,
    `s/^\\([A-Za-z0-9_]*_VARIANT\\)=.*/\\1="${idle}"/`,
  ];
  return sh`[ ! -e ${record} ] || { umask 077; sed -e ${`1,6{${edits.join(";")}}`} ${record} >${beside} && sync ${beside} && mv -fT ${beside} ${path}; }`;
}

/** Installs a kept unit where it differs from the one that is there. */
function installUnitFrom({ layout, facts }: Target, file: string): Command {
  const sudo = rawLine(facts.sudo.kind === "root" ? "" : "sudo ");
  return shell(
    "install the unit that it ran with",
    sh`if [ -e ${file} ] && ! cmp -s ${file} ${layout.unit}; then ${sudo}tee ${layout.unit} <${file} >/dev/null && sync ${layout.unit} && ${sudo}systemctl daemon-reload; fi`,
  );
}

function before({ layout }: Target, what: "env" | "unit"): string {
  return `${layout.state}/rollback.${what}.before`;
}
