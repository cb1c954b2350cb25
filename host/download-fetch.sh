# shellcheck shell=bash
# shellcheck disable=SC2034 # bg_pid is for bg_wait_for
# Leaves the archive as <sha256>.archive in the workspace, whole and checked. What an earlier run left of it is gone on from.
#
# Reads:  download-watch.sh. bg_sum: the SHA-256. bg_url, and bg_shown: the same without what is secret in it. bg_host: its host.
#         bg_headers: lines of a config file of curl(1). URL and headers reach curl and wget by a pipe: they stand in no command
#         line, no environment and no file.
# Prints: `progress BYTES ALL` once a second, ALL 0 as long as nobody knows; problems.
#
# Exit statuses are those of curl(1); wget's are put in their words. A cut transfer is taken up again; four tries in a
# row that bring nothing end it. Where a server ignores Range, or what was there does not fit, it begins anew.
#
# curl itself would send headers on to wherever it is led, all but Authorization and Cookie. So it follows nothing, and
# says where it was led (`redirect_url`, also when --max-redirs is met): on another scheme, host or port the headers stay
# behind, and where that is in doubt. Without --location it would take the answer's body for the archive.
: "${bg_dir?}" "${bg_sum?}" "${bg_url?}" "${bg_shown?}" "${bg_host?}" "${bg_headers?}"

bg_file=$bg_sum.archive
bg_clear
find . -mindepth 1 -maxdepth 1 ! -name "$bg_file" -exec rm -rf {} +
bg_size() { stat -c %s "$bg_file" 2>/dev/null || echo 0; }
bg_right() {
  bg_got=$(sha256sum <"$bg_file" 2>/dev/null)
  bg_got=${bg_got%% *}
  [ "$bg_got" = "$bg_sum" ]
}
bg_ask() {
  exec {bg_answers}< <(exec curl -q --config - --silent --show-error --fail --location --max-redirs 0 --globoff \
    --proto =http,https --connect-timeout 15 --speed-limit 1024 --speed-time 30 --continue-at - --output "$bg_file" \
    --dump-header >(sed -un '/^HTTP\/[0-9.]* 2/,/^\r*$/ s/^content-length: *\([0-9]*\).*/\1/Ip' >length) --write-out '%{http_code} %{redirect_url}' \
    < <(printf 'url = %s\n%s' "$bg_next" "$bg_sent") 2>said)
  bg_pid=$! bg_answer=
  bg_wait_for "$bg_where" bg_read_answer
  bg_read_answer
  exec {bg_answers}<&-
  bg_code=${bg_answer%% *} bg_led=${bg_answer#* }
}
# Before curl ends, too: one that says more than a pipe holds would not end.
bg_read_answer() {
  [ -n "$bg_answer" ] || ! read -r -t 0 -u "$bg_answers" || IFS= read -r -d '' -u "$bg_answers" bg_answer
  bg_progress
}
bg_place() {
  bg_scheme=${bg_next%%://*}
  bg_scheme=${bg_scheme,,} bg_origin=
  # A line break would be the next line of curl's config file.
  case $bg_next in *[[:cntrl:]]*) bg_scheme= ;; esac
  [[ ${bg_next,,} =~ ^https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]+)?($|[/?#]) ]] && bg_origin=${BASH_REMATCH[0]%[/?#]}
  case $bg_origin in http://*:80) bg_origin=${bg_origin%:80} ;; https://*:443) bg_origin=${bg_origin%:443} ;; esac
}
bg_curl() {
  bg_next=$bg_url bg_sent=$bg_headers bg_hops=0
  bg_place
  bg_first=$bg_origin
  while
    bg_ask
    [ "$bg_exit" = 47 ] && [ -n "$bg_led" ]
  do
    bg_was=$bg_scheme bg_next=${bg_led// /%20} bg_hops=$((bg_hops + 1))
    bg_place
    case $bg_hops,$bg_was,$bg_scheme in
      11,*)
        bg_said="more than 10 redirects"
        return
        ;;
      *,https,http)
        bg_said="it leads from https down to http"
        return
        ;;
      *,http | *,https) ;;
      *)
        bg_said="it leads to what is neither http nor https"
        return
        ;;
    esac
    [ -n "$bg_origin" ] && [ "$bg_origin" = "$bg_first" ] || bg_sent=
  done
  bg_said=$(sed -n 's/^curl: ([0-9]*) //p' said | head -n 1)
}
bg_wget() {
  exec 8> >(sed -un 's|^ *HTTP/[0-9.]* \([0-9]*\).*|\1|p' >code)
  bg_sed=$!
  printf '%s\n' "$bg_url" | wget --no-config --no-hsts --input-file=- --tries=1 --timeout=30 --connect-timeout=15 \
    --max-redirect=10 --no-verbose --server-response --continue --output-document="$bg_file" >/dev/null 2>&8 &
  bg_pid=$!
  exec 8>&-
  bg_wait_for "$bg_where" bg_progress
  wait "$bg_sed"
  bg_code=$(tail -n 1 code)
  bg_said=
  case $bg_exit in 3) bg_exit=23 ;; 4) getent hosts "$bg_host" >/dev/null && bg_exit=56 || bg_exit=6 ;; 5) bg_exit=60 ;; 8) bg_exit=22 ;; esac
}
bg_progress() {
  [ -n "$bg_known" ] || ! { read -r bg_left <length; } 2>/dev/null || [ -z "${bg_left//[!0-9]/}" ] || {
    bg_known=yes bg_left=$((10#${bg_left//[!0-9]/}))
    bg_all=$((bg_from + bg_left)) bg_of=" of $(bg_megabytes $((bg_from + bg_left)))"
    [ "$(bg_free)" -gt $((bg_all - $(bg_size))) ] || {
      rm -f "$bg_file"
      bg_full "the archive has $(bg_megabytes "$bg_all")"
    }
  }
  [ "$SECONDS" = "$bg_second" ] || {
    bg_second=$SECONDS
    echo "progress $(bg_size) ${bg_all:-0}"
    bg_bound
  }
}
# A server that does not say how long the archive is could send on until nobody else can write.
bg_bound() {
  [ -z "$bg_known" ] || return
  bg_left=$(bg_free)
  [ "$bg_left" -gt "$bg_least" ] || {
    bg_now=$(bg_size)
    rm -f "$bg_file"
    bg_problem "the disk of $bg_dir is nearly full: $(bg_megabytes "$bg_now") of $bg_shown have arrived, and its server does not say how long it is; without it, $(bg_megabytes $((bg_left + bg_now))) are free" "Is it the archive that was meant? If it is, make room there and run again: df -h $bg_dir"
  }
}
bg_least=$(bg_free)
bg_least=$((bg_least / 20))
bg_tool=bg_curl
command -v curl >/dev/null || bg_tool=bg_wget
bg_all='' bg_of='' bg_tries=0 bg_best=0 bg_anew=no bg_where="what has arrived of $bg_shown stays for the next run"
if [ -s "$bg_file" ] && bg_right; then exit 0; fi
while :; do
  bg_from=$(bg_size) bg_known='' bg_second=$SECONDS
  rm -f length code said
  "$bg_tool"
  bg_now=$(bg_size)
  case $bg_exit in
    0)
      if bg_right; then
        echo "progress $bg_now $bg_now"
        exit 0
      fi
      rm -f "$bg_file"
      if [ "$bg_from" != 0 ] && [ "$bg_anew" = no ]; then
        bg_anew=yes
        continue
      fi
      bg_problem "the SHA-256 of $bg_shown is $bg_got, and $bg_sum is wanted" "Is it the archive that was meant? Nothing of it was unpacked: give its own sum, or put the right file there"
      ;;
    33) rm -f "$bg_file" ;;
    22)
      case $bg_code in
        416) rm -f "$bg_file" ;;
        408 | 425 | 429 | 5*) ;;
        401) bg_problem "$bg_shown answered 401: it wants to know who asks" "Give the host a header: headers: { Authorization: new Secret(…) }" ;;
        403) bg_problem "$bg_shown answered 403: this link does not open it; one that is signed may have expired" "Make a new link and run again" ;;
        404 | 410) bg_problem "$bg_shown answered $bg_code: there is no such file" "Was the archive uploaded, and under this name?" ;;
        *) bg_problem "$bg_shown answered $bg_code" "Look at the URL: from: …" ;;
      esac
      ;;
    6) bg_tries=$((bg_tries + 1)) ;;
    23)
      rm -f "$bg_file"
      bg_full "the archive could not be written"
      ;;
    51 | 60 | 77 | 83 | 90 | 91) bg_problem "the certificate of $bg_host is not trusted${bg_said:+ ($bg_said)}" "If it is signed by an authority of your own: put that into /usr/local/share/ca-certificates on the host, then: sudo update-ca-certificates" ;;
    1 | 3 | 47) bg_problem "$bg_shown cannot be followed${bg_said:+: $bg_said}" "Look at the URL: from: …" ;;
  esac
  if [ "$bg_now" -gt "$bg_best" ]; then bg_best=$bg_now bg_tries=0; fi
  bg_tries=$((bg_tries + 1))
  if [ "$bg_tries" -ge 4 ]; then
    case $bg_exit in
      6) bg_problem "cannot resolve the name $bg_host" "Look there: getent hosts $bg_host" ;;
      22) bg_problem "$bg_shown answered $bg_code, four times" "Run again when the server is well" ;;
    esac
    [ "$bg_best" != 0 ] || bg_problem "cannot download $bg_shown: ${bg_said:-no connection}" "Does a firewall stand between? For a proxy, set https_proxy in /etc/environment on the host"
    bg_problem "the transfer of $bg_shown was cut again and again, the last time at $(bg_megabytes "$bg_now")$bg_of" "Run again: it goes on from there"
  fi
  for _ in $(seq $((bg_tries * 10))); do
    bg_heed_interrupt "$bg_where"
    bg_nap 0.1
  done
done
