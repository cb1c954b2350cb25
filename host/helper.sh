#!/bin/bash -p
# bgdeploy's helper for one app: all that sudo lets those who deploy it do as root. `bgdeploy setup` installs it.
#
# It takes a verb with a variant or a port, and an environment on its input; never a path. All that it writes stands in a
# directory of root's, where no symlink of theirs can be. With -p bash takes no code from the caller's environment.
set -euf -o pipefail
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
IFS=$' \t\n'
umask 022
cd /

# The app, and the host's nginx; setup fills them in.
app=shop
nginx=nginx
service=nginx.service
# What bgdeploy may ask of this helper: a run refuses one of another number.
protocol=1

root=/etc/bgdeploy/$app
# Bytes of an environment.
limit=2097152

fail() {
  echo "$0: $2" >&2
  exit "$1"
}

usage() {
  fail 64 "protocol $protocol takes: start|stop|restart|enable|disable|retire|forget|environment|launch blue|green, route PORT|blue|green, check, reload"
}

# What is started here gets no variable of the caller's.
clean() {
  env -i PATH="$PATH" LC_ALL=C "$@"
}

# Puts its input into the file $1 with the mode $2. Written beside, synced and renamed: whoever reads it, or the power that
# fails, meets the former or the new one. Two of these wait for each other, at a file that only root can open.
put() (
  umask 077
  exec 9>"$root/lock"
  flock -w 20 9 || fail 75 "another call has not ended"
  new=$root/$1.new
  trap 'rm -f "$new"' EXIT
  rm -f "$new"
  head -c "$((limit + 1))" >"$new"
  size=$(stat -c %s "$new")
  [ "$size" -gt 0 ] || fail 65 "there is nothing on its input"
  [ "$size" -le "$limit" ] || fail 65 "there are more than $limit bytes on its input"
  chmod "$2" "$new"
  sync "$new"
  mv -fT "$new" "$root/$1"
  sync "$root"
)

# The one line that nginx includes, for a port or for the socket of a variant.
route() {
  case $1 in
    blue | green) echo "server unix:/run/$app/$1/app.sock;" ;;
    '' | 0* | *[!0-9]* | ??????*) usage ;;
    *)
      [ "$1" -le 65535 ] || usage
      echo "server 127.0.0.1:$1;"
      ;;
  esac
}

# Of what nginx says only the place of a mistake is passed on: its words quote files that only root may read.
check() {
  local said place='\[emerg\].*( in /[^[:space:]:]+:[0-9]+)'
  if said=$(clean "$nginx" -t 2>&1); then
    echo "nginx: the syntax is ok"
    return
  fi
  if [[ $said =~ $place ]]; then place=${BASH_REMATCH[1]}; else place=; fi
  fail 78 "nginx: configuration test failed$place; root is told why by $nginx -t"
}

[ $# -le 2 ] || usage
case "$#:${1-}:${2-}" in
  1:check:)
    check
    ;;
  1:reload:)
    check >/dev/null
    clean systemctl reload "$service"
    ;;
  2:route:*)
    line=$(route "$2")
    echo "$line" | put backend.conf 644
    ;;
  2:environment:blue | 2:environment:green)
    put "environment-$2" 600
    ;;
  2:launch:blue | 2:launch:green)
    put "environment-$2" 600
    clean systemctl restart "$app@$2.service"
    ;;
  2:start:blue | 2:start:green | 2:stop:blue | 2:stop:green | 2:restart:blue | 2:restart:green)
    clean systemctl "$1" "$app@$2.service"
    ;;
  2:enable:blue | 2:enable:green)
    clean systemctl --no-reload enable "$app@$2.service"
    ;;
  2:disable:blue | 2:disable:green | 2:retire:blue | 2:retire:green)
    now=()
    [ "$1" = disable ] || now=(--now)
    clean systemctl --no-reload disable "${now[@]}" "$app@$2.service"
    # From 257 on, systemd says of every unit of the host that it was not read, when one was enabled or disabled.
    [ "$(clean systemctl show -p NeedDaemonReload --value systemd-journald.service)" != yes ] || clean systemctl daemon-reload
    ;;
  2:forget:blue | 2:forget:green)
    clean systemctl reset-failed "$app@$2.service"
    ;;
  *)
    usage
    ;;
esac
