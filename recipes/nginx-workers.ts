import type { Facts, Line } from "../lib/index.ts";
import { rawLine, sh } from "../lib/index.ts";

/** Prints the pids of the workers that take connections. nginx fills a title up with NULs, which procps before 4.0 shows as spaces. */
export const takingLine = rawLine(
  `pgrep -P "$(systemctl show -p MainPID --value nginx.service)" -f '^nginx: worker process *$'`,
);

/** Sets `bg_title` to the title of the process `bg_pid`; empty where there is none. */
const readTitle = `bg_title=; { IFS= read -r -d '' bg_title </proc/$bg_pid/cmdline; } 2>/dev/null`;

/** Those pids read by the shell itself, where nginx still has the main process `pid` that systemd named; 15 ms less on the host. */
function takingOf(pid: number): Line {
  // It differs from host to host, and is of no use to who reads the plan.
  const main = { raw: `${pid}`, shown: "PID" };
  const loop = [
    `${readTitle}; bg_pids=`,
    // One that ends while the list is read hides others (proc(5)): it is read until it stays the same.
    `case "$bg_title" in "nginx: master process"*) bg_again=none; until [ "$bg_pids" = "$bg_again" ]; do bg_again=$bg_pids; { read -r bg_pids <"/proc/$bg_pid/task/$bg_pid/children"; } 2>/dev/null; done ;; esac`,
    `if [ -z "$bg_pids" ]; then ${takingLine.raw}`,
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
export function noteWorkersLine({ nginx }: Facts, file: string): Line {
  return sh`${takingOf(nginx.pid)} >${file} && [ -s ${file} ] || [ "$(systemctl is-active nginx.service)" != active ] || { echo "nginx runs, but none of its workers is to be seen: what it routes to cannot be proven. Is /proc mounted with hidepid?"; false; }`;
}

/** Sets `bg_left` to how many of the noted workers are still there, or still taking connections. */
export function countWorkersLine(file: string, which: "there" | "taking connections"): Line {
  const title = which === "there" ? `"nginx: worker process"*` : `"nginx: worker process"`;
  return rawLine(
    [
      "bg_left=0",
      "{ while read -r bg_pid; do",
      `  case "$bg_pid" in ""|*[!0-9]*) continue ;; esac; ${readTitle}`,
      `  case "$bg_title" in ${title}) bg_left=$((bg_left + 1)) ;; esac`,
      sh`done <${file}; } 2>/dev/null`.raw,
    ].join("\n"),
  );
}
