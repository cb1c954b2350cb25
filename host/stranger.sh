# shellcheck shell=bash
# Defines `bg_stranger HEX UNIT UID`: reads rows of /proc/net/tcp from its input, and is true where one takes the connections
# to that port whom no process of the unit runs as, `name (uid N)` in `bg_who`. Root is no stranger: systemd may hold the
# socket, or a container's proxy, and root can take anything.
#
# UID, which systemd said before, spares the question; a service may fork workers that run as others.
bg_stranger() {
  local bg_at bg_uid bg_rank=4 bg_this bg_taking=
  while read -r _ bg_at _ _ _ _ _ bg_uid _; do
    [ "${bg_at##*:}" = "$1" ] || continue
    case ${bg_at%:*} in 0100007F | 7F000001 | 0000000000000000FFFF00000100007F | 00000000000000000000FFFF7F000001) bg_this=1 ;; 00000000) bg_this=2 ;; 00000000000000000000000000000000) bg_this=3 ;; *) continue ;; esac
    [ $bg_this -le $bg_rank ] || continue
    [ $bg_this = $bg_rank ] || bg_taking=
    bg_rank=$bg_this
    bg_taking+=" $bg_uid"
  done
  for bg_uid in $bg_taking; do
    if ! bg_runs_as "$bg_uid" "$2" "$3"; then
      bg_who_is "$bg_uid"
      return 0
    fi
  done
  return 1
}

# Does a process of the unit $2 run as the uid $1? $3: the uid that systemd said before. The four uids of a process stand in its
# status, which hidepid may close: then what systemd says must do.
bg_runs_as() {
  case "$1" in 0 | "$3") return ;; esac
  local bg_unit bg_group bg_user bg_file bg_pid bg_key bg_uids
  bg_unit=$'\n'$(systemctl show -p ControlGroup,UID,User "$2")$'\n'
  case "$bg_unit" in *$'\n'"UID=$1"$'\n'*) return ;; esac
  bg_user=${bg_unit##*$'\n'User=}
  bg_user=${bg_user%%$'\n'*}
  [ -z "$bg_user" ] || [ "$(id -u -- "$bg_user" 2>/dev/null)" != "$1" ] || return 0
  bg_group=${bg_unit##*$'\n'ControlGroup=}
  bg_group=${bg_group%%$'\n'*}
  [ -n "$bg_group" ] || return 1
  for bg_file in /sys/fs/cgroup{,/systemd,/unified}"$bg_group"/{,*/,*/*/}cgroup.procs; do
    [ -r "$bg_file" ] || continue
    while read -r bg_pid; do
      {
        while read -r bg_key bg_uids; do
          case "$bg_key ${bg_uids//$'\t'/ } " in "Uid: "*" $1 "* | "Uid: $1 "*) return 0 ;; esac
        done <"/proc/$bg_pid/status"
      } 2>/dev/null
    done <"$bg_file"
  done
  return 1
}
bg_who_is() { bg_who=$(id -nu -- "$1" 2>/dev/null) && bg_who="$bg_who (uid $1)" || bg_who="uid $1"; }
