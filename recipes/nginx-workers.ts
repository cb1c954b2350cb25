import type { Facts, Layout, Line, Target } from "../lib/index.ts";
import { nginxService, rawLine, sh } from "../lib/index.ts";

/** What a worker calls itself; angie writes its own name, and behind it which configuration it is of. */
const title = "(nginx|angie): worker process";

function mainPidOf({ nginx }: Layout): Line {
  return sh`"$(systemctl show -p MainPID --value ${nginxService(nginx)})"`;
}

/** Prints the pids of the workers that take connections. nginx fills a title up with NULs, which procps before 4.0 shows as spaces. */
export function takingLine(layout: Layout): Line {
  return sh`pgrep -P ${mainPidOf(layout)} -f ${`^${title}( #[0-9]+)? *$`}`;
}

/** And of those that a reload has replaced, which end what they have begun. */
function allLine(layout: Layout): Line {
  return sh`pgrep -P ${mainPidOf(layout)} -f ${`^${title}( is shutting down)?( #[0-9]+)? *$`}`;
}

/** Sets `bg_title` to the title of the process `bg_pid`; empty where there is none. */
const readTitle = `bg_title=; { IFS= read -r -d '' bg_title </proc/$bg_pid/cmdline; } 2>/dev/null`;

/**
 * Sets `bg_pids` to the children of the process `bg_pid`, where that is nginx's main one. One that ends while the list is read
 * hides others (proc(5)): it is read until it stays the same.
 */
const readChildren = `${readTitle}; bg_pids=
case "$bg_title" in "nginx: master process"*|"angie: master process"*) bg_again=none; until [ "$bg_pids" = "$bg_again" ]; do bg_again=$bg_pids; { read -r bg_pids <"/proc/$bg_pid/task/$bg_pid/children"; } 2>/dev/null; done ;; esac`;

/** It differs from host to host, and is of no use to who reads the plan. */
function mainOf({ nginx }: Facts): Line {
  return { raw: `${nginx.pid}`, shown: "PID" };
}

/** The pids of all workers, read by the shell itself where nginx still has the main process that systemd named; 15 ms less on the host. */
function workersOf({ facts, layout }: Target): Line {
  const loop = [
    readChildren,
    `if [ -z "$bg_pids" ]; then ${allLine(layout).raw}`,
    `else for bg_pid in $bg_pids; do ${readTitle}; case "$bg_title" in "nginx: worker process"*|"angie: worker process"*) echo $bg_pid ;; esac; done; fi`,
  ];
  return sh`{ bg_pid=${mainOf(facts)}; ${rawLine(loop.join("\n"))}; }`;
}

/**
 * Sets `bg_left` to how many workers may be between the choice of a slot for a request and their connection to it, where nothing
 * is waited for: those that have neither slept nor computed for a tenth of a second since the first look.
 */
export function countAwakeLine(facts: Facts): Line {
  return rawLine(
    [
      sh`bg_left=0; [ -n "\${bg_awake+set}" ] || { bg_pid=${mainOf(facts)}`.raw,
      `${readChildren}; bg_awake=$bg_pids; declare -A bg_spent=(); }`,
      `bg_pids=$bg_awake; bg_awake=`,
      `for bg_pid in $bg_pids; do { IFS= read -r bg_line </proc/$bg_pid/stat; } 2>/dev/null || continue; set -- \${bg_line##*) }`,
      `  bg_cpu=$((\${12} + \${13})); : "\${bg_spent[$bg_pid]:=$bg_cpu}"; case $1 in [RD]) [ $((bg_cpu - bg_spent[$bg_pid])) -ge 10 ] || { bg_awake+=" $bg_pid"; bg_left=$((bg_left + 1)); } ;; esac`,
      "done",
    ].join("\n"),
  );
}

/**
 * Waits until nginx's main process sleeps: one that reads its configuration, since somebody else has asked for it, may
 * have read ours before it was changed, and starts its workers then.
 */
function settleLine(facts: Facts): Line {
  const stat = `{ read -r bg_line </proc/$bg_pid/stat; } 2>/dev/null || break; case "\${bg_line##*) }" in [RD]*) sleep 0.05 ;; *) break ;; esac`;
  return sh`bg_pid=${mainOf(facts)}; for bg_pids in {1..200}; do ${rawLine(stat)}; done`;
}

/** Now, by the clock that tells when a process began; a container's /proc/uptime may be of another. */
const sinceLine = `( IFS= read -r bg_line </proc/$BASHPID/stat; set -- \${bg_line##*) }; echo "since \${20}" )`;

/**
 * Notes nginx's workers, and since when they have been there, into `file`: what serves by a configuration that is about to be
 * replaced, or was replaced before, by whomever.
 *
 * nginx retitles a worker that a reload has replaced as "is shutting down": only those without that title take connections.
 * An nginx that runs has one: where none is seen, nothing could be proven by it.
 */
export function noteWorkersLine(target: Target, file: string): Line {
  const { facts, layout } = target;
  const unseen = `{ case "$(systemctl is-active ${nginxService(layout.nginx)})" in active|reloading|refreshing) false ;; esac || { echo "nginx runs, but none of its workers is visible, so a reload cannot be verified. Check whether /proc is mounted with hidepid"; false; }; }`;
  return sh`${settleLine(facts)}
if ${workersOf(target)} >${file} && [ -s ${file} ]; then ${rawLine(sinceLine)} >>${file}; else ${rawLine(unseen)}; fi`;
}

/**
 * Sets `bg_left` to how many workers of before the note are still there, or still taking connections: those that were noted, and
 * those that nginx had begun by then for another's reload.
 */
export function countWorkersLine(facts: Facts, file: string, which: "there" | "taking connections"): Line {
  const skipped = which === "there" ? "" : `*" is shutting down"*) ;; `;
  const count = `${readTitle}; case "$bg_title" in ${skipped}"nginx: worker process"*|"angie: worker process"*) bg_left=$((bg_left + 1)) ;; esac`;
  return rawLine(
    [
      `bg_left=0 bg_since= bg_noted=" "`,
      "{ while read -r bg_pid bg_line; do",
      `  case "$bg_pid" in since) bg_since=\${bg_line//[!0-9]/}; continue ;; ""|*[!0-9]*) continue ;; esac; bg_noted+="$bg_pid "; ${count}`,
      sh`done <${file}; } 2>/dev/null`.raw,
      sh`[ -z "$bg_since" ] || { bg_pid=${mainOf(facts)}`.raw,
      readChildren,
      // One that began later stays so.
      `for bg_pid in $bg_pids; do case "$bg_noted\${bg_later-}" in *" $bg_pid "*) continue ;; esac`,
      `  { IFS= read -r bg_line </proc/$bg_pid/stat; } 2>/dev/null || continue; set -- \${bg_line##*) }`,
      `  if [ "\${20}" -gt "$bg_since" ]; then bg_later="\${bg_later- }$bg_pid "; else ${count}; fi`,
      "done; }",
    ].join("\n"),
  );
}
