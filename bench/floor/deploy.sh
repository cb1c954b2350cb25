#!/usr/bin/env bash
# A blue-green deploy as an expert would write it by hand for one app: the yardstick for the tools.
#
#   deploy.sh run|rollback HOST...
#
# It takes from the environment: APP, DEST, BLUE, GREEN (ports), SSH_CONFIG, UNIT (a file), and for `run` DIST, VERSION and
# VALUES (a file with the service's environment); SETTLE (seconds that a unit must have run before the switch), DRAIN, KEEP.
#
# What it does as carefully as bgdeploy: one connection a host; content compared and shared by hard links; a release is
# complete and durable before it is linked; files are written beside and renamed; all hosts are healthy before any
# switches; nginx is proven to have taken the change; the old unit is stopped when nothing is on its way to it.
#
# What it lacks: undo after the switch (a host that fails there stays behind, the others stay switched); recovery from
# a crash (it believes backend.conf); the lock on the upload, and on one host of two; a dry run; records of releases (it
# goes back to the other slot only, with the unit of today); checks of hosts and rules before it starts; interrupts; secrets;
# hooks; any answer to a shell, an ssh_config or a sudo rule that is not as expected; sentences that say what went wrong.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
verb=$1
shift

tmp=$(mktemp -d)
ssh=(ssh -F "$SSH_CONFIG" -T -o BatchMode=yes -o ControlMaster=auto -o "ControlPath=$tmp/%n" -o ControlPersist=60)
finish() {
  kill $(jobs -p) 2>/dev/null || true
  local exits=()
  for host in "${hosts[@]}"; do "${ssh[@]}" -O exit "$host" 2>/dev/null & exits+=($!); done
  wait "${exits[@]}" || true
  rm -rf "$tmp"
}
hosts=("$@")
trap finish EXIT

release=
if [ "$verb" = run ]; then release=$(date -u +%Y_%m_%dT%H_%M_%S)-$VERSION; fi

# What the host's script needs to know, as bash reads it.
known() {
  printf '%s=%q\n' app "$APP" dest "$DEST" blue "$BLUE" green "$GREEN" release "$release" unit "$(<"$UNIT")"$'\n' \
    settle "${SETTLE:-0}" drain "${DRAIN:-30}" keep "${KEEP:-3}" values "$([ -z "$release" ] || cat "$VALUES")"
}

# The first to connect is rsync; the script goes over the same connection.
one() {
  local host=$1
  if [ -n "$release" ]; then
    rsync -rlpc --whole-file --mkpath --chmod=u+rwX,go+rX,go-w --link-dest="$DEST/versions/current/" \
      --rsh="${ssh[*]}" "$DIST/" "$host:$DEST/versions/.$release.partial/" || { echo ended >&8; return; }
  fi
  {
    known
    cat "$here/host.sh"
    read -r word <"$tmp/$host.go" && printf '%s\n' "$word"
  } | "${ssh[@]}" "$host" bash -s 2>&1 | {
    while IFS= read -r line; do
      case $line in ready | 'done') echo "$line" >&8 ;; *) echo "$host: $line" ;; esac
    done
    echo ended >&8
  }
}

mkfifo "$tmp/said"
exec 8<>"$tmp/said"
for host in "${hosts[@]}"; do
  mkfifo "$tmp/$host.go"
  one "$host" &
done

# The barrier: each host says `ready`, or it has ended.
word=switch
count=0
ends=0
for host in "${hosts[@]}"; do
  read -r said <&8
  [ "$said" = ready ] || { word=stop; ends=$((ends + 1)); }
done
for host in "${hosts[@]}"; do echo "$word" >"$tmp/$host.go" & done
while [ $ends -lt ${#hosts[@]} ]; do
  read -r said <&8
  case $said in 'done') count=$((count + 1)) ;; ended) ends=$((ends + 1)) ;; esac
done
[ $count = ${#hosts[@]} ]
