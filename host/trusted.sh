# shellcheck shell=bash
# shellcheck disable=SC2034 # bg_why is for the caller
# Defines `bg_trusted BASE PATH…`: nobody but root and this user can have written these files and directories, or can exchange them.
# Else it fails, and `bg_why` says of which path that is not so. What is not there is none of them.
#
# It looks at each path and at all directories on the way to it. Where no other user may write to any of those, none can put
# another file in its place between this look and the use of it. Below BASE nothing may be a symlink; one above it is
# followed, whose place only root can have given it. An ACL shows in the mode of the group. It costs one process.
#
# A directory above it may be writable by a group of the user's own name, as a umask of 002 makes it: a run takes that, too.
bg_trusted() {
  local bg_base=$1 bg_path bg_way=() bg_seen=$'\n' bg_line bg_uid bg_mode bg_kind bg_user
  bg_why=
  shift
  for bg_path; do
    [ -e "$bg_path" ] || [ -L "$bg_path" ] || continue
    while :; do
      case $bg_seen in *$'\n'"$bg_path"$'\n'*) break ;; esac
      bg_way+=("$bg_path") bg_seen+=$bg_path$'\n'
      if [ -L "$bg_path" ]; then
        case $bg_path in "$bg_base"/*)
          bg_why="$bg_path is a symlink"
          return 1
          ;;
        esac
        case $(exec stat -c %u -- "$bg_path") in 0 | "$EUID") ;; *)
          bg_why="$bg_path is a symlink of another user"
          return 1
          ;;
        esac
        bg_line=$(readlink -f -- "$bg_path") || {
          bg_why="$bg_path cannot be followed"
          return 1
        }
        while [ -n "$bg_line" ]; do bg_way+=("$bg_line") bg_line=${bg_line%/*}; done
      fi
      [ "$bg_path" != / ] || break
      bg_path=${bg_path%/*} bg_path=${bg_path:-/}
    done
  done
  [ ${#bg_way[@]} != 0 ] || return 0
  bg_line=$(exec stat -L -c '%u %04a %A %U %n' -- "${bg_way[@]}" 2>&1) || {
    bg_why=$bg_line
    return 1
  }
  while IFS=' ' read -r bg_uid bg_mode bg_kind bg_user bg_path; do
    case $bg_uid in 0 | "$EUID") ;; *)
      bg_why="$bg_path belongs to $bg_user"
      return 1
      ;;
    esac
    case $bg_kind in [d-]*) ;; *)
      bg_why="$bg_path is not a regular file"
      return 1
      ;;
    esac
    case $bg_kind$bg_mode in
      d*1???) continue ;;
      *[2367]) ;;
      d*[2367]?) case $bg_path in "$bg_base" | "$bg_base"/*) ;; *) case $(exec stat -L -c %G -- "$bg_path") in root | "$(exec id -un)") continue ;; esac ;; esac ;;
      *[2367]?) ;;
      *) continue ;;
    esac
    bg_why="other users may write to $bg_path"
    return 1
  done <<<"$bg_line"
}
