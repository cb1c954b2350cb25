import type { Command, Layout } from "../lib/index.ts";
import { sh, shell, usualNginx } from "../lib/index.ts";

/**
 * The sudo rules and the helper have root run the program that the config names: whoever may replace it, or a directory on
 * the way to it, would be root. What PATH finds of sudo's own is the host's to guard.
 */
export function guardProgram({ nginx: { binary } }: Layout): readonly Command[] {
  if (binary === usualNginx.binary) return [];
  const line = sh`for bg_path in ${binary} "$(readlink -f -- ${binary})"; do while [ -n "$bg_path" ]; do
  bg_found=$(find -L "$bg_path" -maxdepth 0 \\( ! -uid 0 -o -perm -002 -o -perm -020 ! -gid 0 \\) -print) || exit
  [ -z "$bg_found" ] || { echo "users other than root can write to $bg_path, so they could replace "${binary}", which root runs. Make it root's: chown root:root $bg_path; chmod go-w $bg_path"; exit 1; }
  bg_path=\${bg_path%/*}
done; done`;
  return [shell(`check that only root can replace ${binary}`, line)];
}
