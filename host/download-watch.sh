# shellcheck shell=bash
# What both parts of a download begin with: a private workspace, and functions.
#
# Reads:  bg_dir: the workspace. bg_interrupt: the file whose presence ends the download.
#         bg_client: the process on which the connection hangs. bg_nap (nap.sh).
# Prints: `problem SENTENCE` lines for what a person can mend: the sentence, then what to do.
# Ends:   with 1 for a problem, 130 when it was interrupted.
: "${bg_dir?}" "${bg_interrupt?}"

umask 077
mkdir -p "$bg_dir" && cd "$bg_dir" || exit 1
bg_problem() {
  printf 'problem %s\n' "$@"
  exit 1
}
bg_megabytes() { printf '%d.%d MB' $(($1 / 1000000)) $(($1 / 100000 % 10)); }
bg_free() {
  read -r bg_blocks bg_block <<<"$(stat -f -c '%a %S' "$bg_dir")"
  echo $((bg_blocks * bg_block))
}
bg_clear() {
  chmod -R u+rwX unpacked 2>/dev/null
  rm -rf unpacked
}
bg_full() { bg_problem "the disk of $bg_dir is full: $1; without it $(bg_megabytes "$(bg_free)") are free" "Make room there and run again: df -h $bg_dir"; }
# The program that is waited for.
bg_pid=
trap '[ -z "$bg_pid" ] || { kill "$bg_pid"; wait "$bg_pid"; } 2>/dev/null; rm -f code length names said' EXIT
bg_heed_interrupt() {
  kill -0 "${bg_client:-$$}" 2>/dev/null || exit 1
  [ ! -e "$bg_interrupt" ] || {
    echo "problem interrupted: $1"
    exit 130
  }
}
# Waits for the program `bg_pid`, leaves its status in `bg_exit`; calls $2 meanwhile. Ends it (see the trap) when someone interrupts,
# $1 saying what is left then, or when nobody hears us any more: it would hold the lock, and must not outlive that.
bg_wait_for() {
  while kill -0 "$bg_pid" 2>/dev/null; do
    bg_heed_interrupt "$1"
    [ -z "$2" ] || "$2"
    bg_nap 0.03
  done
  wait "$bg_pid"
  # For whoever waited.
  # shellcheck disable=SC2034
  bg_exit=$?
  bg_pid=
}
