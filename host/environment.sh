# shellcheck shell=bash
# Defines `bg_environment FILE`: exports the variables of a file that systemd reads as an EnvironmentFile=, and evaluates nothing of
# it. It goes by the rules of `parseEnvironmentFile` (lib/model/environment-file.ts).

# Leaves name, value, name, value … in `bg_pairs`. It takes a part of a line at a time, as a value may be long, and counts in bytes.
bg_parse() {
  local LC_ALL=C bg_lines bg_i=-1 bg_far bg_rest bg_part bg_name bg_value bg_blank bg_place
  mapfile bg_lines <"$1"
  bg_pairs=() bg_far='' bg_rest=''
  bg_more() {
    [ -n "$bg_far" ] || {
      bg_i=$((bg_i + 1))
      bg_far=${bg_lines[bg_i]-}
    }
    bg_rest=${bg_far:0:500} bg_far=${bg_far:500}
    while [ -n "$bg_far" ] && [ "${bg_rest: -1}" = \\ ]; do bg_rest+=${bg_far:0:1} bg_far=${bg_far:1}; done
    [ -n "$bg_rest" ]
  }
  bg_put() {
    bg_value+=("$bg_blank$1")
    bg_blank=
  }
  while [ -n "$bg_rest" ] || bg_more; do
    bg_rest+=$bg_far bg_far=
    bg_rest=${bg_rest#"${bg_rest%%[!$' \t\r\n']*}"} bg_part=${bg_rest%%[$'\r\n']*}
    case $bg_part in
      [\#\;]*)
        bg_rest=${bg_rest:${#bg_part}}
        continue
        ;;
      ?*=*) ;;
      *)
        bg_rest=${bg_rest:${#bg_part}}
        continue
        ;;
    esac
    bg_name=${bg_part:1} bg_name=${bg_part:0:1}${bg_name%%=*} bg_far=${bg_rest:${#bg_name}+1} bg_rest=
    bg_name=${bg_name%"${bg_name##*[!$' \t']}"} bg_value=() bg_blank='' bg_place=before
    while [ -n "$bg_rest" ] || bg_more; do
      case $bg_place in
        single)
          bg_part=${bg_rest%%\'*} bg_rest=${bg_rest:${#bg_part}}
          bg_put "$bg_part"
          [ -z "$bg_rest" ] || bg_rest=${bg_rest:1} bg_place=before
          continue
          ;;
        double)
          bg_part=${bg_rest%%[\"\\]*} bg_rest=${bg_rest:${#bg_part}}
          bg_put "$bg_part"
          case $bg_rest in
            \"*)
              bg_rest=${bg_rest:1} bg_place=before
              continue
              ;;
            \\$'\n'* | \\) ;;
            \\[\"\\\`$]*) bg_put "${bg_rest:1:1}" ;;
            *) bg_put "${bg_rest:0:2}" ;;
          esac
          bg_rest=${bg_rest:2}
          continue
          ;;
      esac
      case $bg_place$bg_rest in
        before\'*)
          bg_place=single bg_rest=${bg_rest:1}
          continue
          ;;
        before\"*)
          bg_place=double bg_rest=${bg_rest:1}
          continue
          ;;
        before[$' \t']*)
          bg_rest=${bg_rest#"${bg_rest%%[!$' \t']*}"}
          continue
          ;;
      esac
      case $bg_rest in
        [$'\r\n']*)
          bg_rest=${bg_rest:1}
          break
          ;;
        \\*)
          bg_part=${bg_rest:1:1} bg_rest=${bg_rest:2}
          bg_put "${bg_part#[$'\r\n']}"
          ;;
        *)
          bg_part=${bg_rest%%[\\$'\r\n']*} bg_rest=${bg_rest:${#bg_part}}
          case $bg_part in
            *[!$' \t']*)
              bg_put "${bg_part%"${bg_part##*[!$' \t']}"}"
              bg_blank=${bg_part##*[!$' \t']}
              ;;
            *) bg_blank+=$bg_part ;;
          esac
          ;;
      esac
      bg_place=plain
    done
    printf -v bg_value %s "${bg_value[@]}"
    case $bg_name in "" | [0-9]* | *[!A-Za-z0-9_]*) ;; *) bg_pairs+=("$bg_name" "$bg_value") ;; esac
  done
}
# Names that mean something to bash itself are left out: it would calculate with the value of some, and others cannot be set.
bg_environment() {
  bg_parse "$1"
  set -- "${bg_pairs[@]}"
  unset bg_pairs
  while [ $# != 0 ]; do
    case $1 in
      BASH* | DIRSTACK | EPOCH* | EUID | FUNCNAME | GROUPS | HISTCMD | IFS | LINENO | OPTIND | PIPESTATUS | PPID | RANDOM | SECONDS | SHELLOPTS | SRANDOM | UID | _) ;;
      *) export "$1=$2" ;;
    esac
    shift 2
  done
}
