/**
 * The functions that the probe's script is made of. All of them add to `bg_answer`, which is printed once at the end: bash
 * writes at each newline, and every write is a packet for both ends.
 *
 * `bg_say TEXT` adds a line, `bg_cat FILE` a file as it is, `bg_first FILE` its first line, or an empty one; `bg_lines FILE
 * PATTERN` the lines that match, `bg_last` the last of them, which it leaves in `bg_found`. `bg_paths NAME…` adds where
 * programs are. `bg_known passwd|group NAME` adds something where there is one.
 *
 * What is no regular file is not opened: in a destination that others own, a pipe or a device would never be read to its end.
 */
export const probeShell = `bg_answer=
bg_say() { bg_answer+="$1
"; }
bg_cat() { bg_text=(); [ -f "$1" ] && mapfile bg_text <"$1" && printf -v bg_line %s "\${bg_text[@]}" && bg_answer+=$bg_line; }
bg_first() { bg_line=; [ ! -f "$1" ] || read -r bg_line <"$1"; bg_say "$bg_line"; }
bg_lines() {
  bg_text=(); [ -f "$1" ] && mapfile -t bg_text <"$1" || return
  for bg_line in "\${bg_text[@]}"; do [[ $bg_line != $2 ]] || bg_say "$bg_line"; done
}
bg_last() {
  bg_text=(); bg_found=; [ -f "$1" ] && mapfile -t bg_text <"$1" || return
  for ((bg_i = \${#bg_text[@]} - 1; bg_i >= 0; bg_i--)); do
    [[ \${bg_text[bg_i]} != $2 ]] || { bg_found=\${bg_text[bg_i]}; bg_say "$bg_found"; return; }
  done
}
bg_paths() {
  for bg_name; do case $bg_name in
    /*) [ ! -x "$bg_name" ] || bg_say "$bg_name" ;;
    *) ! hash -- "$bg_name" || bg_say "\${BASH_CMDS[$bg_name]}" ;;
  esac; done
}
bg_known() {
  while read -r bg_line; do [ "\${bg_line%%:*}" != "$2" ] || { bg_say yes; return; }; done <"/etc/$1"
  bg_say "$(exec getent "$1" "$2")"
}`;
