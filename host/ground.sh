# shellcheck shell=bash
# Whose are the directories of a deploy? Defines `bg_is_sound`, which looks, and `bg_take_over`, which makes what is missing and takes
# over what others own.
#
# Reads:  bg_destination, bg_versions, bg_state: directories. bg_own: an array, ours in the state, itself first.
#         bg_files: an array, the files that nginx, systemd or we read. bg_backend: the one that nginx includes; bg_backends: its
#         other name, a link to it or a file. bg_environments: an array. bg_markers: an array, files with a word or nothing in them.
#         bg_group: the releases' group. bg_releases: `closed`, or `open` where the app may write there, by a config that says so.
# Prints: `untrusted PATH` where it cannot be done safely.
: "${bg_destination?}" "${bg_versions?}" "${bg_state?}" "${bg_backend?}" "${bg_backends?}" "${bg_group?}" "${bg_releases?}"
: "${bg_own[@]?}" "${bg_files[@]?}" "${bg_environments[@]?}" "${bg_markers[@]?}"

# Do the destination and our directories in it belong to whoever asks, the files that others read to them or to root, and may
# nobody else write to any of them? Only then does a path below lead where we think. The destination may be a link, since the
# directory that holds it is looked at, too.
bg_is_sound() {
  for bg_path in "$bg_destination" "$bg_versions" "$bg_state"; do [ -O "$bg_path" ] || return; done
  for bg_path in "$bg_versions" "${bg_own[@]}" "${bg_files[@]}"; do [ ! -L "$bg_path" ] || return; done
  [ ! -L "$bg_backends" ] || [ ! -e "$bg_backends" ] || [ "$bg_backends" -ef "$bg_backend" ] || return
  for bg_path in "${bg_own[@]}"; do [ -d "$bg_path" ] || return; done
  # The root, which comes last, says that find could look.
  [ / = "$(exec find -H "$bg_destination" "$bg_versions" "$bg_state" "${bg_files[@]}" "$bg_backends" / -maxdepth 0 ! -type l '(' ! -user "$UID" ! -user 0 -o -perm /022 -o -path / ')' -print -quit 2>/dev/null)" ]
}

bg_refuse() {
  echo untrusted "$1"
  false
}

bg_make_own() {
  for bg_path in "${bg_own[@]}"; do [ -d "$bg_path" ] || break; done
  # The first is the one that the others are in.
  # shellcheck disable=SC2174
  [ -d "$bg_path" ] || mkdir -p -m 700 "${bg_own[@]}"
}

# Makes a copy of the file $1 that is ours, with the mode $2, where it is not or others may write to it. Files are copied, not
# given: the app may still hold one open. The copy is made anew: what stands beside may have been planted. With $3 = included it
# is looked at, which nobody else can change, for whether it has the one line that nginx shall include.
bg_copy() {
  [ ! -L "$1" ] || {
    bg_refuse "$1"
    return
  }
  [ -e "$1" ] || return 0
  [ ! -O "$1" ] || [ -n "$(exec find "$1" -maxdepth 0 -perm /022)" ] || return 0
  [ -f "$1" ] || {
    bg_refuse "$1"
    return
  }
  bg_beside=$1.bgdeploy-new
  rm -rf "$bg_beside" && (umask 077 && cp "$1" "$bg_beside") || return
  [ "${3-}" != included ] || bg_is_server_line "$bg_beside" || {
    rm -f "$bg_beside"
    bg_refuse "$1"
    return
  }
  chmod "$2" "$bg_beside" && sync "$bg_beside" && mv -fT "$bg_beside" "$1"
}

bg_is_server_line() {
  bg_form='^(server[[:space:]]+[][A-Za-z0-9_.:/-]+[[:space:]]*;[[:space:]]*)?$'
  while read -r bg_line || [ -n "$bg_line" ]; do [[ $bg_line =~ $bg_form ]] || return; done <"$1"
}

bg_copy_all() {
  bg_copy "$bg_backend" 644 included || return
  if [ ! -L "$bg_backends" ]; then
    bg_copy "$bg_backends" 644 included || return
  elif [ "$(readlink "$bg_backends")" = backend.conf ]; then
    chown -h root "$bg_backends" || return
  else
    bg_refuse "$bg_backends" || return
  fi
  for bg_path in "${bg_environments[@]}"; do bg_copy "$bg_path" 600 || return; done
  for bg_path in "${bg_markers[@]}"; do bg_copy "$bg_path" 644 || return; done
}

# Makes each directory of a release root's, and closed, level by level: what stands in a closed directory is no other when install
# comes to it.
bg_freeze() {
  bg_level=0
  while [ -n "$(exec find "$bg_versions" -mindepth "$bg_level" -maxdepth "$bg_level" -type d -print -quit)" ]; do
    find "$bg_versions" -mindepth "$bg_level" -maxdepth "$bg_level" -type d '(' ! -user 0 -o -perm /022 ')' -exec install -d -o root -g "$bg_group" -m 0755 {} + || return
    bg_level=$((bg_level + 1))
  done
}

# chmod -R follows a link that takes a file's place in time: so each directory of a release is frozen before find looks into it.
bg_take_releases() {
  if [ "$bg_releases" = open ]; then
    chmod go-w "$bg_versions"
  else
    bg_freeze && chown -hR "root:$bg_group" "$bg_versions" && chmod -R ug-s,u+rwX,go+rX,go-w "$bg_versions"
  fi
}

# A user without root closes what is theirs to others, and can do no more.
bg_close() {
  chmod go-w "$bg_destination" "$bg_versions" "$bg_state" || return
  for bg_path in "${bg_files[@]}" "$bg_backends"; do
    [ -L "$bg_path" ] || [ ! -O "$bg_path" ] || chmod go-w "$bg_path" || return
  done
}

# Root freezes the destination first: from then on nobody else can move anything in it. The state of another owner may have been
# planted: it is set aside.
bg_take_over() {
  mkdir -p "$bg_destination" "$bg_versions" || return
  if bg_is_sound; then return 0; fi
  if [ "$UID" != 0 ]; then
    bg_make_own || return
    bg_is_sound || { bg_close && bg_is_sound; }
    return
  fi
  chown root "$bg_destination" && chmod go-w "$bg_destination" && chown -h root "$bg_versions" || return
  if [ -L "$bg_versions" ] || [ ! -d "$bg_versions" ]; then
    bg_refuse "$bg_versions"
    return
  fi
  bg_take_releases || return
  if [ -L "$bg_state" ]; then
    bg_refuse "$bg_state"
    return
  fi
  if [ -e "$bg_state" ] && [ ! -O "$bg_state" ]; then
    bg_aside=$bg_state.$(stat -c %U "$bg_state").$(date +%s)
    mv -T "$bg_state" "$bg_aside" && chown root "$bg_aside" && chmod 700 "$bg_aside" || return
  fi
  bg_make_own && chmod 700 "$bg_state" && bg_copy_all && bg_is_sound
}
