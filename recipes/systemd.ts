import type { Command, Target, Task } from "../lib/index.ts";
import { rawLine, sh, shell, sudo, task, write } from "../lib/index.ts";
import { environment } from "./environment.ts";
import { drain } from "./drain.ts";
import { unitText } from "./templates/unit.ts";

/** Writes the unit, where it differs, and the idle variant's environment. */
function install(): readonly Task[] {
  return [
    task({
      name: "systemd:install",
      title: "install the unit",
      commands: (target) => {
        const text = unitText(target.app, target.layout);
        return [...(target.facts.files.unit === text ? [] : installUnit(target, text)), recordUnit(target, text)];
      },
      // Both variants share the unit: a bad one would kill the live variant at its next restart.
      undo: (target) => {
        const { unit } = target.facts.files;
        return unit === undefined || unit === unitText(target.app, target.layout) ? [] : installUnit(target, unit);
      },
    }),
    environment(),
  ];
}

/** Starts the idle variant, and sees to it that it starts with the host. */
function start(): readonly Task[] {
  return [
    task({
      name: "systemd:start",
      title: "start the new variant",
      // Stopped first: a process that an earlier run left behind would pass the health check with old code.
      commands: ({ layout, idle }) => [
        sudo(["systemctl", "stop", layout.service(idle)]),
        sudo(["systemctl", "start", layout.service(idle)]),
      ],
      undo: ({ layout, idle }) => [sudo(["systemctl", "stop", layout.service(idle)])],
    }),
    task({
      name: "systemd:enable",
      title: "enable the new variant at boot",
      commands: ({ layout, idle }) => [sudo(["systemctl", "enable", layout.service(idle)], { optional: true })],
      undo: ({ layout, idle, facts }) =>
        facts.units[idle].enabled ? [] : [sudo(["systemctl", "disable", layout.service(idle)], { optional: true })],
    }),
  ];
}

/** Waits until the old connections have ended, then stops the old variant, now and at boot. */
function stop(): readonly Task[] {
  return [
    task({
      name: "nginx:drain",
      title: "let the old connections end",
      commands: (target) => {
        const { app, facts, live } = target;
        return live === undefined ? [] : [drain(target, facts.environmentPorts[live] ?? app.ports[live])];
      },
      undo: "not-needed",
    }),
    task({
      name: "systemd:stop",
      title: "stop the old variant",
      commits: true,
      commands: ({ layout, live }) =>
        live === undefined
          ? []
          : [
              sudo(["systemctl", "stop", layout.service(live)]),
              sudo(["systemctl", "disable", layout.service(live)], { optional: true }),
            ],
      undo: "irreversible",
    }),
  ];
}

export const systemd = { install, start, stop };

function installUnit({ layout, facts }: Target, text: string): readonly Command[] {
  const reload = sudo(["systemctl", "daemon-reload"]);
  if (facts.sudo.kind === "root") return [write(layout.unit, rawLine(text), "0644"), reload];
  const words = ["tee", layout.unit];
  return [
    sudo(words, { title: `write ${layout.unit}`, input: rawLine(text) }),
    shell("sync the unit", sh`sync ${layout.unit}`),
    reload,
  ];
}

function recordUnit({ layout, release }: Target, text: string): Command {
  return write(layout.record(release.id).unit, rawLine(text), "0600");
}
