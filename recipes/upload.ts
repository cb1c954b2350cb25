import type { Command, Target, Task } from "../lib/index.ts";
import { sh, shell, sudo, task } from "../lib/index.ts";
import { pointLink, restoreLink } from "./links.ts";
import { recordStatus } from "./record.ts";
import { freeReserve, keepReserve } from "./reserve.ts";

/**
 * Copies `dist` to the host as a new release, and points `current-<idle>` at it.
 *
 * The copy grows beside and is renamed when it is complete and durable, so a directory in `versions/` is whole. Files
 * that equal those of an earlier release are shared with it.
 */
export function upload(): readonly Task[] {
  return [
    task({
      name: "upload:send",
      title: "send the release",
      commands: sendRelease,
      undo: ({ layout, release }) => [
        freeReserve(layout),
        shell("remove what was sent in part", sh`rm -rf ${layout.partial(release.id)}`),
        recordStatus(layout, release.id, "failed"),
      ],
    }),
    task({
      name: "release:link",
      title: "link the release",
      commands: ({ layout, release, idle }) => [pointLink(`link current-${idle}`, layout.currentOf(idle), release.id)],
      undo: ({ layout, facts, idle }) => [
        restoreLink(`link current-${idle} back`, layout.currentOf(idle), facts.links[idle]),
      ],
    }),
  ];
}

function sendRelease(target: Target): readonly Command[] {
  const { app, layout, release } = target;
  const [partial, complete] = [layout.partial(release.id), layout.release(release.id)];
  const time = Math.floor(release.time / 1000);
  return [
    shell("make room", sh`mkdir -p ${layout.versions} && rm -rf ${layout.versions}/.*.partial`),
    keepReserve(layout),
    ...ownDestination(target),
    recordStatus(layout, release.id, "staged"),
    { kind: "upload", from: app.dist, partial, to: complete, against: shareable(target), keepTimes: target.copy },
    ...(target.copy
      ? []
      : [
          shell(
            "give new files the time of the release",
            sh`find ${partial} -type f -links 1 -exec touch -d @${time} {} +`,
          ),
        ]),
    shell("complete the release", sh`sync -f ${partial} && mv -T ${partial} ${complete} && sync ${layout.versions}`),
    ...giveToGroup(target),
  ];
}

/** The live release and the newest one: files that equal theirs are not sent. A writable release shares none. */
function shareable({ app, facts, layout }: Target): readonly string[] {
  if (app.writable) return [];
  const newest = facts.releases
    .map(({ id }) => id)
    .toSorted()
    .at(-1);
  const ids = [newest, facts.links.current].filter((id) => id !== undefined);
  return [...new Set(ids)].map((id) => layout.release(id));
}

/** Root owns what it makes; the destination itself belongs to the app's user. */
function ownDestination({ app, facts, layout }: Target): readonly Command[] {
  if (facts.sudo.kind !== "root") return [];
  const owner = `${app.user}:${app.group}`;
  if (facts.owner && `${facts.owner.user}:${facts.owner.group}` === owner) return [];
  return [
    shell(`give ${layout.destination} to ${app.user}`, sh`chown ${owner} ${layout.destination} ${layout.versions}`),
  ];
}

/**
 * Where the ssh user owns the files but is not in the group, only root can give them to it. Where the files would
 * belong to another user, it must not: the next deploy would be locked out of its own directory.
 */
function giveToGroup({ app, facts, layout }: Target): readonly Command[] {
  const { user, sudo: rules } = facts;
  if (rules.kind === "root" || app.user !== user.name || user.groups.includes(app.group)) return [];
  return [sudo(["chown", "-R", `${app.user}:${app.group}`, layout.destination], { optional: true })];
}
