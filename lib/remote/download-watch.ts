import type { Line } from "../model/shell.ts";
import { joinLines, rawLine, sh } from "../model/shell.ts";
import { napLine, stopAloneLine, waitEnded } from "../model/wait.ts";

/**
 * What both parts of a download begin with: a private workspace, `bg_problem SENTENCE NEXT…`, and `bg_wait`, which waits
 * for the program `bg_pid` and ends it when someone interrupts, or when nobody hears us any more: it would hold the lock, and must not outlive that.
 */
export function watchText(workspace: string, interrupt: string): Line {
  return joinLines([sh`bg_dir=${workspace} bg_interrupt=${interrupt}`, rawLine(functions)], "\n");
}

const functions = String.raw`
umask 077
mkdir -p "$bg_dir" && cd "$bg_dir" || exit 1
bg_problem() { printf 'problem %s\n' "$@"; exit 1; }
bg_megabytes() { printf '%d.%d MB' $(($1 / 1000000)) $(($1 / 100000 % 10)); }
bg_free() { read -r bg_blocks bg_block <<<"$(stat -f -c '%a %S' "$bg_dir")"; echo $((bg_blocks * bg_block)); }
bg_clear() { chmod -R u+rwX unpacked 2>/dev/null; rm -rf unpacked; }
bg_full() { bg_problem "the disk of $bg_dir is full: $1; without it $(bg_megabytes "$(bg_free)") are free" "Make room there and run again: df -h $bg_dir"; }
bg_pid=
trap '[ -z "$bg_pid" ] || { kill "$bg_pid"; wait "$bg_pid"; } 2>/dev/null; rm -f code length names said' EXIT
${napLine.raw}
bg_watch() {
  ${stopAloneLine}
  [ ! -e "$bg_interrupt" ] || { echo "problem interrupted: $1"; exit ${waitEnded}; }
}
bg_wait() {
  while kill -0 "$bg_pid" 2>/dev/null; do bg_watch "$1"; [ -z "$2" ] || "$2"; bg_nap 0.03; done
  wait "$bg_pid"; bg_exit=$?; bg_pid=
}`;
