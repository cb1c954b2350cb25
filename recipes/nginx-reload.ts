import type { Command, Facts, Layout, Line, Target } from "../lib/index.ts";
import { joinLines, link, rawLine, sh, shell, sudo, write } from "../lib/index.ts";
import { backendText, former } from "./former.ts";
import { restoreLink } from "./links.ts";
import { pollLine } from "./poll.ts";

/** Milliseconds that nginx gets to replace its workers. */
const reloadTimeout = 10_000;

/** Points the file that nginx includes at a port. */
export function pointBackend({ layout, facts }: Target, port: number): readonly Command[] {
  // The spec and its program name the file differently; one is a link to the other, so any site reads the same.
  const both = link("link backends.conf", layout.backends, "backend.conf");
  return [
    write(layout.backend, rawLine(backendText(port))),
    ...(facts.files.backends === "backend.conf" ? [] : [both]),
  ];
}

/** Moves the traffic by a reload: any site that includes the file will do. */
export function moveByReload(target: Target): readonly Command[] {
  const { app, layout, idle, release } = target;
  return [
    ...pointBackend(target, app.ports[idle]),
    // `current` serves the static files: it moves with the traffic, not before.
    link("link current", layout.current, release.id),
    ...reloadProven(target),
  ];
}

export function moveBackByReload(target: Target): readonly Command[] {
  const { layout } = target;
  const { backend: before, current } = former(target);
  const linkBack = restoreLink("link current back", layout.current, current);
  // Without an earlier file there is nothing to go back to; the file stays, since nginx does not start without it.
  if (before === undefined) return [linkBack];
  const { workers } = layout;
  return [
    write(layout.backend, rawLine(before)),
    linkBack,
    sudo(["nginx", "-t"], { optional: true, mayFail: true }),
    shell("note the nginx workers", noteWorkersLine(target.facts, backWorkers(layout))),
    // It fails where the configuration is broken, which is then why the switch failed: the workers tell what is routed.
    sudo(["systemctl", "reload", "nginx"], { mayFail: true }),
    shell(
      "wait until nginx has taken the change",
      pollLine(
        countWorkersLine(backWorkers(layout), "taking connections"),
        reloadTimeout,
        neverMoved(workers, backWorkers(layout)),
      ),
    ),
  ];
}

/** The workers that take connections when the traffic is moved back. */
export function backWorkers({ workers }: Layout): string {
  return `${workers}-back`;
}

/**
 * nginx that refuses the reload back has refused the one before, too: proven where every worker that takes connections
 * was there before the switch. Then nothing is to be waited for.
 */
function neverMoved(before: string, noted: string): Line {
  return joinLines(
    [
      sh`${taking} | grep -vxqFf ${before} && { echo "nginx does not take its configuration, not even the former one. Its log says why: sudo journalctl -u nginx -n 20"; exit 1; }`,
      sh`: >${noted}`,
    ],
    "; ",
  );
}

/** Reloads nginx and waits until it has taken its configuration. The order matters: the workers are noted before. */
export function reloadProven({ layout: { workers }, facts }: Target): readonly Command[] {
  return [
    shell("note the nginx workers", noteWorkersLine(facts, workers)),
    sudo(["nginx", "-t"], { optional: true }),
    sudo(["systemctl", "reload", "nginx"]),
    shell("wait until nginx has taken the change", provenLine(workers)),
  ];
}

/** Prints the pids of the workers that take connections. nginx fills a title up with NULs, which procps before 4.0 shows as spaces. */
const taking = rawLine(`pgrep -P "$(systemctl show -p MainPID --value nginx.service)" -f '^nginx: worker process *$'`);

/** Sets `bg_title` to the title of the process `bg_pid`; empty where there is none. */
const readTitle = `bg_title=; { IFS= read -r -d '' bg_title </proc/$bg_pid/cmdline; } 2>/dev/null`;

/** The same, read by the shell itself where nginx still has the main process `pid` that systemd named; 15 ms less on the host. */
function takingOf(pid: number): Line {
  // It differs from host to host, and is of no use to who reads the plan.
  const main = { raw: `${pid}`, shown: "PID" };
  const loop = [
    `${readTitle}; bg_pids=`,
    // One that ends while the list is read hides others (proc(5)): it is read until it stays the same.
    `case "$bg_title" in "nginx: master process"*) bg_again=none; until [ "$bg_pids" = "$bg_again" ]; do bg_again=$bg_pids; { read -r bg_pids <"/proc/$bg_pid/task/$bg_pid/children"; } 2>/dev/null; done ;; esac`,
    `if [ -z "$bg_pids" ]; then ${taking.raw}`,
    `else for bg_pid in $bg_pids; do ${readTitle}; [ "$bg_title" != "nginx: worker process" ] || echo $bg_pid; done; fi`,
  ];
  return sh`{ bg_pid=${main}; ${rawLine(loop.join("\n"))}; }`;
}

/**
 * Notes the nginx workers that take connections now, into `file`.
 *
 * nginx retitles a worker that a reload has replaced as "is shutting down"; only those without that title serve by the
 * configuration that is about to be replaced. An nginx that runs has one:
 * where none is seen, nothing could be proven by it.
 */
function noteWorkersLine({ nginx }: Facts, file: string): Line {
  return sh`${takingOf(nginx.pid)} >${file} && [ -s ${file} ] || [ "$(systemctl is-active nginx.service)" != active ] || { echo "nginx runs, but none of its workers is to be seen: what it routes to cannot be proven. Is /proc mounted with hidepid?"; exit 1; }`;
}

/**
 * Waits until every noted worker is gone or shutting down: only then has nginx taken the new configuration.
 * `systemctl reload` returns before that, and says 0 even when nginx kept the old one.
 */
function provenLine(file: string): Line {
  const late = [
    `echo "nginx kept its old configuration: after ${reloadTimeout / 1000} s a worker of before the reload still takes connections."`,
    `echo "Its log says why: sudo journalctl -u nginx -n 20, or /var/log/nginx/error.log"; exit 1`,
  ];
  return pollLine(countWorkersLine(file, "taking connections"), reloadTimeout, rawLine(late.join("; ")));
}

/** Sets `bg_left` to how many of the noted workers are still there, or still taking connections. */
export function countWorkersLine(file: string, which: "there" | "taking connections"): Line {
  const title = which === "there" ? `"nginx: worker process"*` : `"nginx: worker process"`;
  return rawLine(
    [
      "bg_left=0",
      "{ while read -r bg_pid; do",
      `  ${readTitle}`,
      `  case "$bg_title" in ${title}) bg_left=$((bg_left + 1)) ;; esac`,
      sh`done <${file}; } 2>/dev/null`.raw,
    ].join("\n"),
  );
}
