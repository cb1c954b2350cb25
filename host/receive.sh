# shellcheck shell=bash
# Takes one script into `bg_script` within $1 seconds, an empty one for a heartbeat. Where none begins in time, it fails with
# bash's status above 128, and what it has of the length stays for the next try; at the end of the input with 1.
#
# With a limit bash reads byte by byte with three system calls for each, without one at once. So only the length is read with a
# limit; the watch sees to the rest. bash 5.2 may say that the time is over though it took the NUL, and does not tell whether it
# did (read.def looks at the clock behind its loop; 5.3 no longer does). So a dot ends the length; a NUL that is left over is
# dropped by `read -N`, as any.
bg_digits=
bg_receive() {
  bg_script=
  IFS= read -r -d '' -t "$1" bg_part
  bg_received=$?
  bg_digits+=$bg_part
  case $bg_digits in *.) ;; *) return "$bg_received" ;; esac
  bg_part=${bg_digits%.}
  bg_digits=
  printf b >&8
  IFS= read -r -N "$bg_part" bg_script
  printf e >&8
  [ "${#bg_script}" = "$bg_part" ] || exit 1
}
