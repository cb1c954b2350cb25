import type { Command, Target, Task } from "../lib/index.ts";
import { currentEndpoint, endpointOf, rawLine, sh, shell, sudo, task, write } from "../lib/index.ts";
import { proveAnswer, sayUnanswered } from "./answer.ts";
import { environmentAndUnit } from "./environment.ts";
import { backWorkers } from "./nginx-reload.ts";
import { retire, setBoot, settleBoot, startAnew } from "./boot.ts";
import { unitCommand } from "./privileged.ts";
import { drain } from "./drain.ts";
import { startWordsLine } from "./last-words.ts";
import { noteStart, watchLine } from "./still-runs.ts";
import { isWarm } from "./warm.ts";
import { unitText } from "./templates/unit.ts";

/** Writes the unit, where it differs, and the idle variant's environment. */
function install(): readonly Task[] {
  return [
    task({
      name: "systemd:install",
      title: "install the unit",
      commands: (target) => {
        const text = unitText(target.app, target.layout);
        return target.layout.strict || target.facts.files.unit === text ? [] : installUnit(target, text);
      },
      // Both variants share the unit: a bad one would kill the live variant at its next restart.
      urgent: true,
      undo: (target) => {
        const { unit } = target.facts.files;
        return target.layout.strict || unit === undefined || unit === unitText(target.app, target.layout)
          ? []
          : installUnit(target, unit);
      },
    }),
    environmentAndUnit(),
  ];
}

/** Starts the idle variant, and sees to it that it starts with the host. */
function start(): readonly Task[] {
  return [
    task({
      name: "systemd:start",
      title: "start the new variant",
      commands: (target) => {
        const { layout, idle, facts } = target;
        const forget =
          facts.files.warm === undefined
            ? []
            : [shell("the old variant is not kept any more", sh`rm -f ${layout.warm} && sync ${layout.state}`)];
        // On a rollback a variant that was kept warm is the very one that is wanted.
        if (isWarm(target)) return forget;
        const runs = facts.units[idle].active === "active";
        return [
          ...forget,
          ...(runs ? [drain(target, currentEndpoint(target, idle))] : []),
          ...startAnew(target, idle, startWordsLine(target)),
          noteStart(target),
        ];
      },
      undo: (target) => {
        const { layout, idle } = target;
        if (isWarm(target)) return [];
        // What it is still answering comes to its end.
        const drained = drain(target, endpointOf(target, idle), { noted: backWorkers(layout), undo: true });
        return [drained, unitCommand(target, "stop", idle)];
      },
    }),
    task({
      name: "systemd:enable",
      title: "enable the new variant at boot",
      commands: (target) => [setBoot(target, "enable", target.idle)],
      // Also where a crashed run had enabled it: beside a live variant the idle one never starts with the host.
      undo: (target) =>
        target.live === undefined && target.facts.units[target.idle].enabled
          ? []
          : [setBoot(target, "disable", target.idle), ...settleBoot(target)],
    }),
  ];
}

/** Waits until the old connections have ended, then stops the old variant, now and at boot. */
function stop(): readonly Task[] {
  return [
    task({
      name: "nginx:drain",
      title: "let the old connections end",
      eager: true,
      refuse: ({ app, facts }) =>
        app.drainSignal === "early" && !facts.nginx.includesFlag
          ? '`drain: { signal: "early" }` needs nginx.switch({ mode: "instant" }): by a reload, an upload that began before the switch would come to a variant that accepts nothing more. Switch instantly, or shorten drain.timeout'
          : undefined,
      commands: (target) => {
        const { live } = target;
        if (live === undefined) return [];
        // While the old variant still runs, an app that crashes under its traffic can be undone.
        return [...proveAnswer(target), drain(target, currentEndpoint(target, live), { watch: watchLine(target) })];
      },
      undo: "not-needed",
    }),
    task({
      name: "systemd:stop",
      title: "stop the old variant",
      // No old variant goes before all hosts have switched; and while one drains, its new variant may yet crash, and all be undone.
      commits: true,
      commands: (target) => {
        const { app, layout, live } = target;
        const said = sayUnanswered(target);
        if (live === undefined) return said;
        if (app.keepPrevious !== "warm") return [...retire(target, live), ...settleBoot(target), ...said];
        return [
          write(
            layout.warm,
            rawLine(`${live}
`),
            "0600",
          ),
          setBoot(target, "disable", live),
          ...settleBoot(target),
          ...said,
        ];
      },
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
