import type { Command, LinkMode, Target, Task } from "../lib/index.ts";
import { awaitUploadLine, link, rawLine, sentMark, sh, shell, sudo, task } from "../lib/index.ts";
import type { DownloadOptions } from "./download.ts";
import { checkOptions, downloadCommand, refuseDownload } from "./download.ts";
import { restoreLink } from "./links.ts";
import { recordStatus } from "./record.ts";
import { freeReserve, keepReserve } from "./reserve.ts";

/** The name of the task in which the hosts download the release: nothing is sent from here, and no `dist` is needed. */
export const remoteUpload = "upload:download";

/** How `dist` is sent. */
export type SendOptions = {
  /**
   * Symlinks in `dist` that lead out of it. `"follow"`: what they lead to is sent in their place (rsync's `--copy-unsafe-links`);
   * `"keep"`: they stay as they are, for what the host has there. Default: they are refused.
   */
  readonly links?: LinkMode;
};

/**
 * Copies `dist` to the host as a new release, and points `current-<idle>` at it. With `from` the hosts download an archive
 * by themselves instead, and unpack it.
 *
 * The copy grows beside and is renamed when it is complete and durable, so a directory in `versions/` is whole. Files
 * that equal those of an earlier release are shared with it. Throws a `TypeError` with all that is wrong with the options.
 *
 * @example upload({ from: "https://builds.example/shop-v1.0.tar.gz", sha256: "9f86d081…" })
 */
export function upload(options: SendOptions | DownloadOptions = {}): readonly Task[] {
  return [
    "from" in options ? downloadTask(options) : sendTask(options),
    task({
      name: "release:link",
      title: "link the release",
      commands: ({ layout, release, idle }) => [link(`link current-${idle}`, layout.currentOf(idle), release.id)],
      undo: ({ layout, facts, idle }) => [
        restoreLink(`link current-${idle} back`, layout.currentOf(idle), facts.links[idle]),
      ],
    }),
  ];
}

function sendTask({ links, ...rest }: SendOptions): Task {
  const unknown = Object.keys(rest);
  if (unknown.length > 0) throw new TypeError(`upload(): ${unknown.join(", ")}: expected links, or from and sha256`);
  if (links !== undefined && links !== "follow" && links !== "keep")
    throw new TypeError(`upload(): links: expected "follow" or "keep", found ${String(links)}`);
  return task({
    links,
    name: "upload:send",
    title: "send the release",
    commands: (target) =>
      makeRelease(target, { ...sendCommand(target), ...(links === undefined || target.copy ? {} : { links }) }),
    undo: removeSent,
  });
}

/** A host that joins others gets the copy that was brought here, as by any upload. */
function downloadTask(options: DownloadOptions): Task {
  checkOptions(options);
  return task({
    name: remoteUpload,
    title: "have the host download the release",
    refuse: (target) => (target.copy ? undefined : refuseDownload(options, target)),
    commands: (target) =>
      makeRelease(target, target.copy ? sendCommand(target) : downloadCommand(options, target, shareable(target))),
    undo: removePart,
  });
}

function sendCommand(target: Target): Command & { readonly kind: "upload" } {
  const { app, layout, release, copy } = target;
  const [partial, to] = [layout.partial(release.id), layout.release(release.id)];
  const log = copy ? undefined : layout.sent(release.id);
  return { kind: "upload", from: app.dist, partial, to, log, against: shareable(target), keepTimes: copy };
}

/** Seconds for the host's end of an upload that was cut off to write what it has. */
const toEnd = 60;

/** What waits for its list never begins, and what has begun may still write for a moment. */
function removeSent(target: Target): readonly Command[] {
  const { layout, release } = target;
  const ended = sh`rm -f ${layout.sent(release.id)} && { ${awaitUploadLine(layout, toEnd)}; }`;
  return [shell("wait until nothing of it is written any more", ended), ...removePart(target)];
}

/** What has come of a download stays: the next run goes on from there. */
function removePart({ layout, release }: Target): readonly Command[] {
  return [
    freeReserve(layout),
    shell("remove what was sent in part", sh`rm -rf ${layout.partial(release.id)}`),
    recordStatus(layout, release.id, "failed"),
  ];
}

const simple = { simple: true };

function makeRelease(target: Target, bring: Command & { readonly kind: "upload" | "download" }): readonly Command[] {
  const { layout, release } = target;
  const { partial, to } = bring;
  const log = bring.kind === "upload" ? bring.log : undefined;
  // A download that was cut is taken up again by the next one; where the next is none, it goes.
  const left = bring.kind === "upload" ? sh` ${layout.downloads}` : rawLine("");
  return [
    shell(
      "make room",
      sh`bg_stays=; [ -d ${layout.versions} ] || mkdir -p ${layout.versions} || bg_stays=yes; for bg_file in ${layout.versions}/.*.partial${left}; do [ ! -e "$bg_file" ] || rm -rf "$bg_file" || bg_stays=yes; done; [ -z "$bg_stays" ]`,
      simple,
    ),
    keepReserve(layout),
    // It is durable when the release is complete.
    recordStatus(layout, release.id, "staged", { inPlace: true }),
    // Last: that it is there tells an upload that all before is done.
    ...(log === undefined ? [] : [shell("open the list of what is sent", sh`: >${log}`, simple)]),
    bring,
    ...(bring.kind === "upload" && bring.keepTimes ? [] : [timeNewFiles(partial, release.time, log)]),
    // Where it stands is made durable with the link to it.
    shell("complete the release", sh`sync -f ${partial} && mv -T ${partial} ${to}`, simple),
    ...giveToGroup(target),
  ];
}

/** More names than this are not read one by one. */
const few = 100;

/**
 * Gives files that no release had before the time of this one, the same on all hosts: nginx makes ETags of it. `log` has
 * the names of those that were sent; where they are many, or rsync has written a character as `\#ooo`, all files are looked at.
 */
function timeNewFiles(partial: string, time: number, log: string | undefined): Command {
  const touch = sh`touch -d @${Math.floor(time / 1000)}`;
  const all = sh`find ${partial} -type f -links 1 -exec ${touch} {} +`;
  const named = sh`mapfile -t bg_lines <${log ?? ""}; if [ "\${#bg_lines[@]}" -gt ${few} ] || [[ "\${bg_lines[*]}" = *'\\#'* ]]; then ${all}; else
  bg_new=(); for bg_line in "\${bg_lines[@]}"; do
    case "$bg_line" in *${sentMark}*) bg_new+=(${partial}/"\${bg_line#*${sentMark}}") ;; esac
  done
  [ "\${#bg_new[@]}" = 0 ] || ${touch} "\${bg_new[@]}"
fi`;
  return shell("give new files the time of the release", log === undefined ? all : named, simple);
}

/**
 * The live release and the newest one: files that equal theirs are not sent. A writable release shares none; nor does one
 * whose predecessors belonged to another, whoever has them now: the app may still hold a file open for writing. Those have no
 * recorded sum.
 */
function shareable({ app, facts, layout }: Target): readonly string[] {
  if (app.writable || facts.owner?.user !== facts.user.name) return [];
  const known = new Set(facts.recordedTrees);
  const newest = facts.releases
    .map(({ id }) => id)
    .toSorted()
    .findLast((id) => known.has(id));
  const ids = [newest, facts.links.current].filter((id) => id !== undefined && known.has(id));
  return [...new Set(ids)].map((id) => layout.release(id ?? ""));
}

/**
 * Where the ssh user owns the files but is not in the group, only root can give them to it. Where the files would
 * belong to another user, it must not: the next deploy would be locked out of its own directory.
 */
function giveToGroup({ app, facts, layout }: Target): readonly Command[] {
  if (layout.strict) return [];
  const { user, sudo: rules } = facts;
  if (rules.kind === "root" || app.user !== user.name || user.groups.includes(app.group)) return [];
  return [sudo(["chown", "-R", `${user.name}:${app.group}`, layout.destination], { optional: true })];
}
