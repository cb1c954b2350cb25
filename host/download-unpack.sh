# shellcheck shell=bash
# Unpacks the archive in the workspace, looks through what came out of it, and copies that into the partial directory by rsync,
# as an upload does: the same modes, the same owner, the same sharing. Then the workspace goes.
#
# Reads:  download-watch.sh. bg_file: the archive. bg_shown: its URL as it may be shown. bg_strip: 1 to take the one directory at its
#         top off. bg_program: the path of the app's program in it. bg_partial: the directory. bg_words: rsync's words.
# Prints: problems.
#
# What an archive unpacks to is bounded while it comes, by tar's checkpoints: one that is small beside the free room comes
# to none. What takes no room in an archive, as a hole in a file or a hard link, takes it when it is copied:
# that is counted behind it. tar and the program beside it read some headers as a whole, of any size: their memory is
# bounded, too, and so xz may not take some for each processor. A twentieth of the bytes and a fifth of the files are left to others.
#
# GNU tar itself keeps what it writes inside: it refuses `..`, cuts a leading `/` off, also of hard links, and makes
# symlinks that lead elsewhere last. Such an archive is refused all the same, once its names are known.
: "${bg_dir?}" "${bg_file?}" "${bg_shown?}" "${bg_strip?}" "${bg_program?}" "${bg_partial?}" "${bg_words[@]?}"

trap '[ -z "$bg_pid" ] || kill "$bg_pid" 2>/dev/null; bg_clear; rm -f names said over' EXIT
bg_clear
rm -f over
mkdir -p unpacked/new || exit 1
bg_bad() {
  rm -f "$bg_file"
  bg_problem "$@"
}
bg_exit=0
bg_check_room() {
  [ "$bg_exit" != 0 ] || return
  # A full disk takes no error message either.
  if grep -qs 'No space left' said || [ "$(bg_free)" -lt 65536 ]; then
    bg_clear
    rm -rf "$bg_partial" "$bg_file"
    bg_full "the archive could not be unpacked"
  fi
}
read -r bg_blocks bg_block bg_nodes bg_inodes <<<"$(stat -f -c '%a %S %d %c' "$bg_dir")"
bg_all=$((bg_blocks * bg_block))
bg_room=$((bg_all - bg_all / 20))
# Some file systems do not count them.
[ "$bg_inodes" != 0 ] || bg_nodes=$((1 << 50))
bg_files=$((bg_nodes - bg_nodes / 5))
# A record has 20 blocks of 512 bytes. Between two looks no more can come than what is left to others.
bg_records=$((bg_room / 10240))
bg_every=$((bg_nodes / 200))
[ "$bg_every" -le $((bg_records / 20)) ] || bg_every=$((bg_records / 20))
[ "$bg_every" -ge 20 ] || bg_every=20
# tar evaluates it.
# shellcheck disable=SC2016
bg_look='if [ "$TAR_CHECKPOINT" -ge "$bg_records" ]; then echo bytes; elif [ "$(wc -l <"$bg_dir/names")" -gt "$bg_files" ]; then echo files; fi >>"$bg_dir/over"; [ ! -s "$bg_dir/over" ] || kill "$PPID"'
read -r _ bg_memory _ </proc/meminfo
bg_memory=$((bg_memory / 2))
[ "$bg_memory" -ge 524288 ] || bg_memory=524288
[ "$bg_memory" -le 1048576 ] || bg_memory=1048576
(
  ulimit -v $bg_memory 2>/dev/null
  export bg_dir bg_records bg_files XZ_DEFAULTS=-T1
  exec tar --extract --file "$bg_file" --directory unpacked/new --no-same-owner --no-same-permissions --verbose --quoting-style=escape \
    --checkpoint=$bg_every --checkpoint-action="exec=$bg_look"
) >names 2>said &
bg_pid=$!
bg_wait_for "the archive was being unpacked"
bg_too_big() { bg_bad "the archive $bg_shown comes to $1 unpacked; the disk of $bg_dir has $(bg_megabytes $bg_all) free, of which a release may take $(bg_megabytes $bg_room)" "Is it the archive that was meant? If it is, make room there and run again: df -h $bg_dir"; }
bg_too_many() { bg_bad "the archive $bg_shown holds $1 files; the disk of $bg_dir has room for $bg_nodes, of which a release may take $bg_files" "Is it the archive that was meant? If it is, make room there and run again: df -i $bg_dir"; }
case $(cat over 2>/dev/null) in
  bytes*) bg_too_big "more than $(bg_megabytes $bg_room)" ;;
  files*) bg_too_many "more than $bg_files" ;;
esac
bg_check_room
bg_out=$(grep -m 1 -aE '^/|(^|/)\.\.(/|$)' names) && bg_bad "the archive $bg_shown holds $bg_out, which leads out of the release" "Pack it from within the build: tar -C dist -czf app.tar.gz ."
bg_out=$(sed -n "s/^tar: \(.*\): Member name contains '\.\.'.*/\1/p" said | head -n 1)
[ -z "$bg_out" ] || bg_bad "the archive $bg_shown holds $bg_out, which leads out of the release" "Pack it from within the build: tar -C dist -czf app.tar.gz ."
if [ "$bg_exit" != 0 ]; then
  bg_missing=$(sed -n 's/^tar (child): \([a-z0-9]*\): Cannot exec.*/\1/p' said | head -n 1)
  [ -z "$bg_missing" ] || bg_problem "there is no $bg_missing to unpack $bg_shown" "Install it: sudo apt-get install $([ "$bg_missing" = xz ] && echo xz-utils || echo "$bg_missing")"
  bg_bad "$bg_shown is no archive that tar can unpack: $(grep -v ': Removing leading' said | head -n 1)" "It must be a .tar, .tar.gz, .tar.xz or .tar.zst"
fi
chmod -R u+rwX unpacked
bg_names() { for bg_each; do printf '%q\n' "${bg_each##*/}"; done | head -n 8 | paste -sd ' '; }
shopt -s dotglob nullglob
bg_root=unpacked/new
bg_tops=(unpacked/new/*)
if [ "$bg_strip" = 1 ]; then
  if [ ${#bg_tops[@]} != 1 ] || [ ! -d "${bg_tops[0]}" ] || [ -L "${bg_tops[0]}" ]; then
    bg_bad "strip: 1 wants one directory at the top of $bg_shown; there is: $(bg_names "${bg_tops[@]}")" "Leave strip out, or pack it within one directory"
  fi
  bg_root=${bg_tops[0]} bg_tops=("${bg_tops[0]}"/*)
fi
# Under a name that no archive knows: a symlink that leaves it and comes back leads elsewhere once it is a release.
bg_away=unpacked/$RANDOM$RANDOM$RANDOM
mv -T "$bg_root" "$bg_away" || exit 1
bg_root=$bg_away
mapfile -t bg_sizes < <(find "$bg_root" -type f -printf '%s\n' -o -printf '0\n')
[ ${#bg_sizes[@]} -le "$bg_files" ] || bg_too_many ${#bg_sizes[@]}
bg_sum=0
# Of so much, which no disk has, bash can still count eight.
for bg_each in "${bg_sizes[@]}"; do
  bg_sum=$((bg_sum + (bg_each < 1 << 60 ? bg_each : 1 << 60)))
  ((bg_sum < 1 << 60)) || break
done
[ "$bg_sum" -le $bg_room ] || bg_too_big "$(bg_megabytes $bg_sum)"
bg_out=$(find "$bg_root" ! -type f ! -type d ! -type l -printf '%P' -quit)
[ -z "$bg_out" ] || bg_bad "the archive $bg_shown holds $(printf %q "$bg_out"), which is neither a file, a directory nor a symlink" "Pack it without"
bg_home=$(cd "$bg_root" && pwd -P)
mapfile -d '' bg_links < <(find "$bg_root" -type l -print0)
mapfile -d '' bg_ends < <([ ${#bg_links[@]} = 0 ] || printf '%s\0' "${bg_links[@]}" | xargs -0 realpath -mz -- 2>/dev/null)
for bg_i in "${!bg_links[@]}"; do
  case ${bg_ends[bg_i]-} in "$bg_home" | "$bg_home"/*) case $(readlink "${bg_links[bg_i]}") in /*) ;; *) continue ;; esac ;; esac
  bg_link=${bg_links[bg_i]}
  bg_bad "the archive $bg_shown holds the symlink $(printf %q "${bg_link#"$bg_root/"}"), which leads out of the release, to $(printf %q "$(readlink "$bg_link")")" "Pack it without, or with what it leads to: tar --dereference"
done
if [ ! -f "$bg_root/$bg_program" ]; then
  bg_hint="Is it packed from within the build, and is exec.name its program?"
  bg_below=("$bg_root"/*/"$bg_program")
  [ ${#bg_below[@]} != 1 ] || [ "$bg_strip" = 1 ] || bg_hint="Did you mean strip: 1?"
  bg_bad "the archive $bg_shown has no $bg_program; at its top there is: $(bg_names "${bg_tops[@]}")" "$bg_hint"
fi
[ -x "$bg_root/$bg_program" ] || bg_bad "$bg_program in the archive $bg_shown is not executable" "Before it is packed: chmod +x $bg_program"
rsync --remove-source-files "${bg_words[@]}" -- "$bg_root/" "$bg_partial/" >/dev/null 2>said &
bg_pid=$!
bg_wait_for "the release was being completed"
bg_check_room
[ "$bg_exit" = 0 ] || {
  cat said
  exit 1
}
# What the trap removes has no path: elsewhere it would be other files.
trap - EXIT
cd / && rm -rf "$bg_dir"
