import type { Command, Layout } from "../lib/index.ts";
import { sh, shell, usualNginx } from "../lib/index.ts";

/**
 * The sudo rules and the helper have root run the program that the config names: whoever may replace it, or a directory on
 * the way to it, would be root. What PATH finds of sudo's own is the host's to guard.
 */
export function guardProgram({ nginx: { binary } }: Layout): readonly Command[] {
  if (binary === usualNginx.binary) return [];
  const why = sh`"users other than root can write to $bg_path, so they could replace "${binary}", which root runs. Make it root's: chown root:root $bg_path; chmod go-w $bg_path"`;
  // Link by link: each directory that one of them leads through counts.
  const line = sh`bg_todo=(${binary}); bg_seen=:
while [ "\${#bg_todo[@]}" != 0 ]; do bg_path=\${bg_todo[0]}; bg_todo=("\${bg_todo[@]:1}")
  while [ -n "$bg_path" ]; do
    case $bg_seen in *":$bg_path:"*) break ;; esac; bg_seen+=$bg_path:
    bg_found=$(find "$bg_path" -maxdepth 0 \\( ! -uid 0 -o ! -type l \\( -perm -002 -o -perm -020 ! -gid 0 \\) \\) -print) || exit
    [ -z "$bg_found" ] || { echo ${why}; exit 1; }
    if [ -L "$bg_path" ]; then bg_to=$(readlink -- "$bg_path") || exit; case $bg_to in /*) ;; *) bg_to=\${bg_path%/*}/$bg_to ;; esac; bg_todo+=("$bg_to"); fi
    bg_path=\${bg_path%/*}
  done
done`;
  return [shell(`check that only root can replace ${binary}`, line)];
}
