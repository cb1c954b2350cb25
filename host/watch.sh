# shellcheck shell=bash
# The watch of a session: a process of its own at the end of the session's descriptor 8.
#
# Reads:  a `b` when a script has begun to arrive, an `e` at its end.
#         bg_patience: seconds in which a script that has begun to arrive must be there.
# Prints: a NUL on descriptor 3 every two seconds: the sign of life.
: "${bg_patience?}"

# Was the shell $1 stopped, or one of the subshells in which it runs commands? Those have its own words; what a command has
# started may be stopped.
bg_stopped() {
  read -r bg_stat <"/proc/$1/stat" || return
  case ${bg_stat##*) } in T*)
    IFS= read -r -N 99999 bg_words <"/proc/$1/cmdline"
    IFS= read -r -N 99999 bg_own_words <"/proc/$$/cmdline"
    [ "$bg_words" != "$bg_own_words" ] || return 0
    ;;
  esac
  local bg_child bg_below=
  read -r bg_below <"/proc/$1/task/$1/children"
  for bg_child in $bg_below; do
    if [ "/proc/$bg_child/exe" -ef "/proc/$$/exe" ] && bg_stopped "$bg_child"; then return 0; fi
  done
  return 1
}

# Says that the shell is there, whatever it is busy with; one that someone has stopped is not. Kills it where a script that
# has begun to arrive (`b` on descriptor 8, and `e` at its end) is late. What was read counts, not the status: bash 5.2 may say
# that the time is over though it took the byte.
bg_watch() {
  trap '' PIPE
  bg_every=$((bg_patience < 2 ? bg_patience : 2)) bg_left=0
  while :; do
    bg_byte=
    read -r -N 1 -t "$bg_every" bg_byte
    bg_got=$?
    case $bg_byte in
      b) bg_left=$bg_patience ;;
      e) bg_left=0 ;;
      *)
        [ "$bg_got" -gt 128 ] || exit
        [ "$bg_left" = 0 ] || [ $((bg_left -= bg_every)) -gt 0 ] || kill -KILL $$
        bg_stopped $$ || printf '\0' >&3
        ;;
    esac
  done
}
