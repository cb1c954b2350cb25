import type { Line } from "../lib/index.ts";
import { rawLine, sh } from "../lib/index.ts";

/**
 * Notes the nginx workers that take connections now, into `file`.
 *
 * nginx retitles a worker that a reload has replaced as "is shutting down"; only those without that title serve by the
 * configuration that is about to be replaced.
 */
export function noteWorkersLine(file: string): Line {
  return sh`pgrep -P "$(systemctl show -p MainPID --value nginx.service)" -f '^nginx: worker process$' >${file} || [ -e ${file} ]`;
}

/**
 * Waits until every noted worker is gone or shutting down: only then has nginx taken the new configuration.
 * `systemctl reload` returns before that, and says 0 even when nginx kept the old one.
 */
export function provenLine(file: string, timeout: number): Line {
  return waitLine(file, timeout, rawLine(`[ "$bg_title" != "nginx: worker process" ]`), [
    sh`echo "nginx kept its old configuration: after ${timeout / 1000} s a worker of before the reload still takes connections."`,
    rawLine(`echo "Its log says why: sudo journalctl -u nginx -n 20, or /var/log/nginx/error.log"; exit 1`),
  ]);
}

/** Waits until the noted workers have ended, and with them every connection that began before the reload; then goes on. */
export function drainLine(file: string, timeout: number): Line {
  return waitLine(file, timeout, rawLine(`[ -z "$bg_title" ]`), [
    sh`echo "After ${timeout / 1000} s $bg_left old nginx worker(s) still serve a connection (a download, a stream or a WebSocket, of any site on this host); the old variant is stopped all the same."`,
  ]);
}

/** Polls on the host: a round trip for each look would cost more than the wait. `done` judges `$bg_title`, empty for a worker that is gone. */
function waitLine(file: string, timeout: number, done: Line, late: readonly Line[]): Line {
  return rawLine(
    [
      `bg_end=$(( \${EPOCHREALTIME/[.,]/} + ${Math.round(timeout * 1000)} ))`,
      "while :; do",
      "  bg_left=0",
      "  while read -r bg_pid; do",
      `    bg_title=; { IFS= read -r -d '' bg_title </proc/$bg_pid/cmdline; } 2>/dev/null`,
      `    case "$bg_title" in "nginx: worker process"*) ;; *) bg_title= ;; esac`,
      `    ${done.raw} || bg_left=$((bg_left + 1))`,
      sh`  done <${file}`.raw,
      "  [ $bg_left = 0 ] && break",
      `  if [ \${EPOCHREALTIME/[.,]/} -ge $bg_end ]; then ${late.map(({ raw }) => raw).join("; ")}; break; fi`,
      "  sleep 0.03",
      "done",
    ].join("\n"),
  );
}
