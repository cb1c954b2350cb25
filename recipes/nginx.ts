import type { Command, Facts, Layout, Task } from "../lib/index.ts";
import { rawLine, sh, shell, task, write } from "../lib/index.ts";
import { former } from "./former.ts";
import { moveBackInstantly, moveInstantly, siteProblem } from "./nginx-instant.ts";
import { moveBackByReload, moveByReload } from "./nginx-reload.ts";
import { recordStatus } from "./record.ts";
import { freeReserve } from "./reserve.ts";
import { stillRunsLine } from "./still-runs.ts";

export type SwitchOptions = {
  /** `reload`: any site that includes backend.conf. `instant`: no reload at all; needs the site that `vhost` then prints. */
  readonly mode?: "reload" | "instant";
  /** What becomes of the release that was live: after a deploy it is the one to go back to, after a rollback it is not. */
  readonly demote?: "previous" | "rolled-back";
};

/** The task's name where a switch is instant; `vhost` and `setup` know the site to write by it. */
export const instantSwitch = "nginx:switch-instantly";

/** Moves the traffic to the idle variant, on all hosts at once; then records the new release as the live one. */
function switchTraffic({ mode = "reload", demote = "previous" }: SwitchOptions = {}): readonly Task[] {
  const [move, moveBack] = mode === "instant" ? [moveInstantly, moveBackInstantly] : [moveByReload, moveBackByReload];
  return [
    task({
      name: mode === "instant" ? instantSwitch : "nginx:switch",
      title: "move the traffic",
      barrier: true,
      refuse: (target) => siteProblem(target, mode),
      commands: (target) => [
        // While other hosts got ready, an app can have crashed.
        shell("see that the new variant still runs", stillRunsLine(target)),
        ...move(target),
      ],
      urgent: true,
      undo: (target) => [freeReserve(target.layout), ...moveBack(target)],
    }),
    task({
      name: "release:record",
      title: "record the live release",
      eager: true,
      commands: ({ layout, release, idle, facts, live }) => {
        const before = live && facts.links[live];
        return [
          write(layout.variant, rawLine(`${idle}\n`)),
          recordStatus(layout, release.id, "live"),
          ...(before && before !== release.id ? [recordStatus(layout, before, demote)] : []),
        ];
      },
      undo: (target) => {
        const { layout, facts, live, release } = target;
        const { variant } = former(target);
        return [
          freeReserve(layout),
          ...recordBefore(layout, facts, release.id),
          variant === undefined
            ? shell("forget the variant", sh`rm -f ${layout.variant}`)
            : write(layout.variant, rawLine(`${variant}\n`)),
          ...(live && facts.links[live] ? [recordStatus(layout, facts.links[live], "live")] : []),
        ];
      },
    }),
  ];
}

export const nginx = { switch: switchTraffic };

/** A release that was known before goes back to what it was; of a new one the upload's undo takes care. */
function recordBefore(layout: Layout, facts: Facts, id: string): readonly Command[] {
  const status = facts.releases.find((each) => each.id === id)?.status;
  return status === undefined ? [] : [recordStatus(layout, id, status)];
}
