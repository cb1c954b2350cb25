# shellcheck shell=bash
# The shell of a session, behind its greeting: takes one script after the other from its input and evaluates it.
#
# Reads:  from its input scripts as `frame` sends them (lib/remote/prelude.ts): the length in bytes, a dot, a NUL, the text.
#         bg_silence: seconds without a word from the client after which it gives up, and so lets go of the lock.
#         bg_client: the process on which the connection hangs.
#         bg_receive (receive.sh), bg_watch (watch.sh).
#         Descriptor 7: ssh's stderr, where nothing of the host's is said but the watch's sign of life.
# Prints: what the scripts print.
# Ends:   with 1 when the input ends or the client is silent; else when a script says so.
: "${bg_silence?}" "${bg_client?}"

exec 8> >(
  exec >/dev/null 2>&1 3>&7 7>&- 9>&-
  bg_watch
) 7>&-

# For when `bg_receive` has failed with the status $1: ends the shell, and where the client has said nothing for too long, the whole
# connection. What else goes on over that (an upload, a hook) must not outlive the lock, and a client that wakes must hear of
# it: ssh itself stays as long as a channel is open. Only an sshd is ended, and one that is still its parent: a process id may
# be another's by now.
bg_end_session() {
  if [ "$1" -gt 128 ]; then
    read -r bg_stat <"/proc/$$/stat"
    read -r _ bg_parent _ <<<"${bg_stat##*) }"
    read -r bg_name <"/proc/$bg_parent/comm"
    case $bg_parent:$bg_name in "$bg_client:sshd"* | "$bg_client:dropbear"*) kill "$bg_client" ;; esac
  fi 2>/dev/null
  exit 1
}

# Takes the next script or ends the session. bash 5.2 judges by the time of day: where that is set forward, it says that the time
# is over, though it has just taken a word. So what comes long before its time counts as a word.
bg_next_script() {
  read -r bg_since _ </proc/uptime
  until bg_receive "$bg_silence"; do
    read -r bg_until _ </proc/uptime
    if [ "$bg_received" -le 128 ] || [ $((10#${bg_until/./} - 10#${bg_since/./})) -ge $((bg_silence * 75)) ]; then
      bg_end_session "$bg_received"
    fi
  done
}

# Waits until the upload that the shell $2 runs has written its status into the file $1, and returns that; 1 where the shell is
# gone. It looks every $3 milliseconds, three digits, and at each word of the client. Scripts that come meanwhile are kept for
# later, but for urgent ones, which begin with #now. A client that is silent or gone ends the session as ever.
bg_queue=()
bg_await_upload() {
  bg_looks=0
  until [ -s "$1" ]; do
    if bg_receive "0.$3"; then
      bg_looks=0
      case $bg_script in
        '') ;;
        '#now'*) eval "$bg_script" ;;
        *) bg_queue+=("$bg_script") ;;
      esac
    elif [ "$bg_received" -le 128 ] || [ $((bg_looks += 10#$3)) -ge $((bg_silence * 1000)) ]; then
      bg_end_session "$bg_received"
    elif ! kill -0 "$2" 2>/dev/null; then
      [ -s "$1" ] || return 1
    fi
  done
  read -r bg_received <"$1"
  return "$bg_received"
}

while :; do
  if [ "${#bg_queue[@]}" != 0 ]; then
    bg_script=${bg_queue[0]}
    bg_queue=("${bg_queue[@]:1}")
  else
    bg_next_script
  fi
  eval "$bg_script"
done
