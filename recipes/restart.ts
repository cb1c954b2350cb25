import type { Layout, Task } from "../lib/index.ts";
import { link, shell, task } from "../lib/index.ts";
import { health } from "./health.ts";
import { keepLine, restoreLine } from "./keep.ts";
import { restoreLink } from "./links.ts";
import { nginx } from "./nginx.ts";
import { recordRun } from "./record.ts";
import { keepReserve } from "./reserve.ts";
import { systemd } from "./systemd.ts";

export type RestartOptions = {
  /** Also the hooks, and the tasks of your own. */
  readonly hooks?: boolean;
};

/**
 * The tasks that start the live release anew in the idle slot, with the environment and the unit of the config, and move
 * the traffic there: those of a deploy, in their order and with their options, without what brings a release or deletes one.
 */
export function restart(deploy: readonly Task[], { hooks = false }: RestartOptions = {}): readonly Task[] {
  const kept = deploy.filter(({ name }) => taken.has(name) || (hooks && !bringing.test(name)));
  return [linkAgain, ...kept.flatMap((each) => (each.name === "release:record" ? [recordAgain, each] : [each]))];
}

/** What a deploy and a restart share, by name: a config may give each its own options. */
const taken = new Set(
  [
    systemd.install(),
    systemd.start(),
    [health()],
    nginx.switch(),
    nginx.switch({ mode: "instant" }),
    systemd.stop(),
  ].flatMap((tasks) => tasks.map(({ name }) => name)),
);

const bringing = /^(upload:|release:link$|prune:|recover:)/;

const linkAgain = task({
  name: "restart:link",
  title: "link the live release",
  commands: ({ layout, idle, release }) => [
    keepReserve(layout),
    link(`link current-${idle}`, layout.currentOf(idle), release.id),
  ],
  undo: ({ layout, facts, idle }) => [
    restoreLink(`link current-${idle} back`, layout.currentOf(idle), facts.links[idle]),
  ],
});

/**
 * Not before the traffic has moved: until then, what is recorded of the release is what serves. And before the variant is
 * recorded: a run that dies in between is found out by it, and `recover` records the rest.
 */
const recordAgain = task({
  name: "restart:record",
  title: "record what it runs with",
  commands: ({ layout, release, idle }) => [
    ...recorded(layout, release.id).map(([path, kept]) => shell("keep what was recorded", keepLine(path, kept))),
    recordRun(layout, release.id, idle),
  ],
  undo: ({ layout, release }) =>
    recorded(layout, release.id).map(([path, kept]) => shell("put back what was recorded", restoreLine(path, kept))),
});

function recorded(layout: Layout, id: string): readonly (readonly [string, string])[] {
  const { environment, unit, sums } = layout.record(id);
  return [
    [sums, `${layout.state}/restart.sums.before`],
    [environment, `${layout.state}/restart.env.before`],
    [unit, `${layout.state}/restart.unit.before`],
  ];
}
