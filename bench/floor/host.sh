# The part of deploy.sh that runs on a host; its variables stand before it, and the word `switch` comes after it.
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
umask 022

main() {
  cd "$dest"
  exec 9<"$dest"
  flock -n 9 || fail "another deploy is running"
  local live= idle=blue from= to=$blue
  case "$(cat backend.conf 2>/dev/null)" in
    *":$blue;") systemctl -q is-active "$app@blue" && live=blue idle=green from=$blue to=$green ;;
    *":$green;") live=green idle=blue from=$green to=$blue ;;
  esac

  # 1. The release, its environment and the unit; nothing of this touches the live slot.
  if [ -n "$release" ]; then
    sync -f "versions/.$release.partial" && mv -T "versions/.$release.partial" "versions/$release" || exit 1
    put "environment-$idle" 0600 "HOST=127.0.0.1"$'\n'"PORT=$to"$'\n'"$values"$'\n'
    point "current-$idle" "$release"
    if [ "$(cat "/etc/systemd/system/$app@.service" 2>/dev/null)"$'\n' != "$unit" ]; then
      printf %s "$unit" | sudo tee "/etc/systemd/system/$app@.service" >/dev/null && sudo systemctl daemon-reload || exit 1
    fi
  fi

  # 2. The idle slot: started, healthy, settled, and so at boot.
  sudo systemctl stop "$app@$idle"
  sudo systemctl start "$app@$idle" && healthy "$to" || { sudo systemctl stop "$app@$idle"; fail "not healthy"; }
  sudo systemctl -q --no-reload enable "$app@$idle"

  # 3. All hosts wait here for each other.
  echo ready
  local word=
  read -r word
  [ "$word" = switch ] || { sudo systemctl -q disable --now "$app@$idle"; fail "not switched: another host failed"; }

  # 4. The switch. systemctl says 0 even where nginx has kept its old configuration, so its workers are looked at.
  local former
  former=$(cat backend.conf)
  put backend.conf 0644 "server 127.0.0.1:$to;"$'\n'
  local old
  old=$(pgrep -P "$(systemctl show -p MainPID --value nginx)" -f '^nginx: worker process *$')
  sudo nginx -t 2>&1 && sudo systemctl reload nginx && until_none 10 taking "$old" || {
    put backend.conf 0644 "$former"$'\n'
    sudo systemctl reload nginx
    fail "nginx did not take the change"
  }
  [ -z "$release" ] && release=$(readlink "versions/current-$idle")
  point current "$release"

  # 5. The old slot, when nothing is on its way to it any more.
  if [ -n "$live" ]; then
    until_none "$drain" going "$old" "$from"
    sudo systemctl stop "$app@$live"
    sudo systemctl -q --no-reload disable "$app@$live"
  fi
  put variant 0644 "$idle"$'\n'
  local each
  for each in $(ls versions | grep '^2' | head -n "-$keep"); do
    [ "$each" = "$(readlink versions/current-blue)" ] || [ "$each" = "$(readlink versions/current-green)" ] || rm -rf "versions/$each"
  done
  echo "done"
}

fail() { echo "$1"; exit 1; }

put() { ( umask 077; printf %s "$3" >"$1.new" ) && chmod "$2" "$1.new" && sync "$1.new" && mv -f "$1.new" "$1" && sync .; }

point() { ln -sfn "$2" "versions/$1.new" && mv -fT "versions/$1.new" "versions/$1" && sync versions; }

healthy() {
  local end=$((SECONDS + 30)) code since up
  until code= && { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null &&
    printf 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3 && read -r -t 5 _ code _ <&3 && [ "$code" = 200 ]; do
    [ $SECONDS -lt $end ] && systemctl -q is-active "$app@$idle" || return 1
    sleep 0.03
  done
  exec 3>&-
  [ "$settle" = 0 ] && return
  since=$(systemctl show -p ActiveEnterTimestampMonotonic --value "$app@$idle")
  read -r up _ </proc/uptime
  up=$((settle * 1000 - (10#${up/./} * 10 - since / 1000)))
  if [ "$up" -gt 0 ]; then sleep "$((up / 1000)).$(printf %03d $((up % 1000)))"; fi
  systemctl -q is-active "$app@$idle" && [ "$since" = "$(systemctl show -p ActiveEnterTimestampMonotonic --value "$app@$idle")" ]
}

# Waits until `$2 ...` counts 0, for at most `$1` seconds.
until_none() {
  local end=$((SECONDS + $1)) n
  shift
  while "$@"; [ $n -gt 0 ]; do [ $SECONDS -lt $end ] || return 1; sleep 0.03; done
}

taking() { n=0; local pid; for pid in $1; do title "$pid" "nginx: worker process" && n=$((n + 1)); done; }

going() {
  local pid
  n=$(cat /proc/net/tcp /proc/net/tcp6 | grep -cE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$2") [0-9A-F]+:[0-9A-F]+ 01 ")
  for pid in $1; do title "$pid" "nginx: worker process*" && n=$((n + 1)); done
}

title() {
  local text=
  { IFS= read -r -d '' text <"/proc/$1/cmdline"; } 2>/dev/null
  # shellcheck disable=SC2053 -- the second is a pattern
  [[ $text == $2 ]]
}

# One line: the next one is the word.
main; exit
