import type { Command, Facts, Layout, Target, Task } from "../lib/index.ts";
import { rawLine, sh, shell, sudo, task, write } from "../lib/index.ts";
import { linkLine, pointLink, restoreLink } from "./links.ts";
import { noteWorkersLine, provenLine } from "./nginx-workers.ts";
import { recordStatus } from "./record.ts";

/** Milliseconds that nginx gets to replace its workers. */
const reloadTimeout = 10_000;

/** What becomes of the release that was live: after a deploy it is the one to go back to, after a rollback it is not. */
export type SwitchOptions = { readonly demote?: "previous" | "failed" };

/** Moves the traffic to the idle variant, on all hosts at once; then records the new release as the live one. */
function switchTraffic({ demote = "previous" }: SwitchOptions = {}): readonly Task[] {
  return [
    task({
      name: "nginx:switch",
      title: "move the traffic",
      barrier: true,
      commands: (target) => [stillRuns(target), ...moveTraffic(target)],
      undo: moveBack,
    }),
    task({
      name: "release:record",
      title: "record the live release",
      // A barrier: no host stops its old variant before all hosts have switched.
      barrier: true,
      commands: ({ layout, release, idle, facts, live }) => [
        write(layout.variant, rawLine(`${idle}\n`)),
        recordStatus(layout, release.id, "live"),
        ...(live && facts.links[live] ? [recordStatus(layout, facts.links[live], demote)] : []),
      ],
      undo: ({ layout, facts, live, release }) => [
        ...recordBefore(layout, facts, release.id),
        facts.files.variant === undefined
          ? shell("forget the variant", sh`rm -f ${layout.variant}`)
          : write(layout.variant, rawLine(`${facts.files.variant}\n`)),
        ...(live && facts.links[live] ? [recordStatus(layout, facts.links[live], "live")] : []),
      ],
    }),
  ];
}

export const nginx = { switch: switchTraffic };

/** The file that nginx includes. */
export function backendText(port: number): string {
  return `server 127.0.0.1:${port};\n`;
}

/** Reloads nginx and waits until it has taken its configuration. The order matters: the workers are noted before. */
export function reloadProven(layout: Layout): readonly Command[] {
  return [
    sudo(["nginx", "-t"], { optional: true }),
    shell("note the nginx workers", noteWorkersLine(layout.workers)),
    sudo(["systemctl", "reload", "nginx"]),
    shell("wait until nginx has taken the change", provenLine(layout.workers, reloadTimeout)),
  ];
}

/** The spec and its program name the file differently; one is a link to the other, so any vhost reads the same. */
export function linkBackends({ layout, facts }: Target): readonly Command[] {
  if (facts.files.backends === "backend.conf") return [];
  return [shell("link backends.conf", linkLine(layout.backends, "backend.conf"))];
}

/** `current` serves the static files: it moves with the traffic, not before. */
function moveTraffic(target: Target): readonly Command[] {
  const { app, layout, idle, release } = target;
  return [
    write(layout.backend, rawLine(backendText(app.ports[idle]))),
    ...linkBackends(target),
    pointLink("link current", layout.current, release.id),
    ...reloadProven(layout),
  ];
}

function moveBack({ layout, facts }: Target): readonly Command[] {
  const before = facts.files.backend;
  // Without an earlier file there is nothing to go back to; the file stays, since nginx does not start without it.
  if (before === undefined) return [restoreLink("link current back", layout.current, facts.links.current)];
  return [
    write(layout.backend, rawLine(before)),
    restoreLink("link current back", layout.current, facts.links.current),
    ...reloadProven(layout),
  ];
}

/** While other hosts got ready, an app can have crashed: one that had to be started again is not healthy. */
function stillRuns({ layout, idle }: Target): Command {
  const unit = layout.service(idle);
  return shell(
    "see that the new variant still runs",
    sh`bg_state=$(systemctl show -p ActiveState,NRestarts ${unit}); case "$bg_state" in *NRestarts=0*ActiveState=active*|*ActiveState=active*NRestarts=0*) ;; *) echo ${unit} "does not run any more: $bg_state"; journalctl -u ${unit} -n 15 --no-pager -o cat; exit 1;; esac`,
  );
}

/** A release that was known before goes back to what it was; of a new one the upload's undo takes care. */
function recordBefore(layout: Layout, facts: Facts, id: string): readonly Command[] {
  const status = facts.releases.find((each) => each.id === id)?.status;
  return status === undefined ? [] : [recordStatus(layout, id, status)];
}
