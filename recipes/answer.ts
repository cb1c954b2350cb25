import type { Command, Line, Target } from "../lib/index.ts";
import { currentEndpoint, describeEndpoint, endpointOf, hexOf, joinLines, rawLine, sh, shell } from "../lib/index.ts";
import { readStartLine } from "./still-runs.ts";
import { vhostText } from "./templates/vhost.ts";

/**
 * Proves that a request through nginx reaches the new variant, while the old one still runs: fails where it reaches the old
 * one, or nobody, which the undo mends. Where no request came through before either, it is noted for `sayUnanswered`.
 *
 * The proof is a connection from nginx to where the new variant listens, whatever it answers. Where visitors come there is
 * one already; else a request is sent as the site's own file says. One that nginx answers by itself (a redirect, a password,
 * a file) proves nothing, and is no fault.
 */
export function proveAnswer(target: Target): readonly Command[] {
  const { layout, live } = target;
  if (live === undefined) return [];
  const note = sh`bg_note() { echo "$1" >${layout.unanswered}; exit 0; }; rm -f ${layout.unanswered}`;
  return [shell(title, joinLines([note, lookLine(target)], "\n"))];
}

/** What is to be said of that once the new version stays. On a first deploy, when there was nothing to go back to, it is asked here. */
export function sayUnanswered(target: Target): readonly Command[] {
  const { unanswered } = target.layout;
  if (target.live === undefined)
    return [shell(title, joinLines([rawLine('bg_note() { echo "$1"; exit 1; }'), lookLine(target)], "\n"))];
  return [
    shell(title, sh`[ ! -s ${unanswered} ] || { cat ${unanswered}; rm -f ${unanswered}; false; }`, { simple: true }),
  ];
}

const title = "a request through nginx to the new variant";

function lookLine(target: Target): Line {
  const { app, layout, live, idle, facts } = target;
  const endpoint = endpointOf(target, idle);
  const old = live === undefined ? undefined : currentEndpoint(target, live);
  const isPort = endpoint.kind === "port";
  // As `vhost` prints it, it passes every path on to the app.
  const isOurs = (["reload", "instant"] as const).some((mode) =>
    [true, false].some((ipv6) => facts.files.vhost === vhostText(app, layout, mode, ipv6)),
  );
  const names = [layout.backend, layout.ownBackend, layout.backends, layout.liveGreen];
  const values = {
    bg_new: isPort ? hexOf(endpoint.port) : "",
    bg_socket: isPort ? "" : endpoint.path,
    bg_old: old?.kind === "port" ? hexOf(old.port) : "",
    bg_at: describeEndpoint(endpoint),
    bg_before: old === undefined ? "" : describeEndpoint(old),
    bg_named: `^[^#]*(${names.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join("|")})`,
    bg_backend: layout.backend,
    bg_ours: isOurs && isPort ? "yes" : "",
    bg_domain: app.domain?.replace(/^\*\./, "bgdeploy.") ?? "bgdeploy.invalid",
    bg_site: layout.vhost,
    bg_config: layout.nginx.config,
    bg_nginx: layout.nginx.binary,
  };
  const paths = [...new Set([...(app.health.http === undefined ? [] : [app.health.http]), "/"])];
  return joinLines(
    [
      sh`[ ! -e ${layout.maintenance} ] || exit 0`,
      ...Object.entries(values).map(([name, value]) => sh`${rawLine(name)}=${value}`),
      sh`bg_paths=(${paths}); bg_master=${{ raw: `${facts.nginx.pid}`, shown: "PID" }}`,
      readStartLine(target),
      rawLine(script),
    ],
    "\n",
  );
}

/**
 * `bg_seen` lists the connections to the new variant; `bg_reached` is there one of nginx's, or a new one since the request?
 * `bg_ours` is not believed with a status that may come of what an admin has set for all sites.
 * A closed connection is seen for a minute (TIME_WAIT), one to a socket only while it is open.
 */
const script = `exec 2>/dev/null
bg_list() { [ -z "$1" ] || grep -hoE " [0-9A-F]+:$1 [0-9A-F]+:[0-9A-F]{4} | [0-9A-F]+:[0-9A-F]{4} [0-9A-F]+:$1 " /proc/net/tcp /proc/net/tcp6; }
bg_gained() { local bg_row; while read -r bg_row; do case "$1" in *"$bg_row"*) ;; *) [ -z "$bg_row" ] || return 0 ;; esac; done <<<"$2"; return 1; }
bg_passed() {
  if [ -n "$bg_socket" ]; then
    local bg_file=/proc/$bg_main/net/unix; [ -r "$bg_file" ] || bg_file=/proc/net/unix
    grep -qE "^[0-9a-fA-F]+: [0-9A-F]+ [0-9A-F]+ [0-9A-F]+ 0001 0[23] +[0-9]+ $bg_socket$" "$bg_file"; return
  fi
  local bg_uid
  while read -r _ _ _ _ _ _ _ bg_uid _; do case $bg_uid in 0|"$UID"|"$bg_user") ;; *) return 0 ;; esac; done < <(grep -hE "^ *[0-9]+: [0-9A-F]+:[0-9A-F]{4} [0-9A-F]+:$bg_new 01 " /proc/net/tcp /proc/net/tcp6)
  return 1
}
bg_passed && exit 0
bg_skip=(--exclude-dir=sites-available); ! grep -qs sites-available "$bg_config/nginx.conf" || bg_skip=()
mapfile -t bg_files < <(grep -RlsaE "$bg_named" "$bg_config" "\${bg_skip[@]}")
bg_listens=() bg_name=
if [ "\${#bg_files[@]}" != 0 ]; then
  while read -r bg_key bg_words; do
    case $bg_key in
      listen) bg_listens+=("$bg_words") ;;
      server_name) for bg_word in $bg_words; do case $bg_word in _|'""'|~*|*\\$*|*.\\*) ;; \\*.*) [ -n "$bg_name" ] || bg_name=bgdeploy.\${bg_word#\\*.} ;; .*) [ -n "$bg_name" ] || bg_name=\${bg_word#.} ;; *) [ -n "$bg_name" ] || bg_name=$bg_word ;; esac; done ;;
    esac
  done < <(sed 's/#.*//' "\${bg_files[@]}" | grep -oE '(^|[[:space:];{])(listen|server_name)[[:space:]]+[^;]+' | sed -E 's/^[[:space:];{]+//')
fi
[ -n "$bg_name" ] || bg_name=$bg_domain
[ "\${#bg_listens[@]}" != 0 ] || bg_listens=(80)
bg_request() { printf 'GET %s HTTP/1.1\\r\\nHost: %s\\r\\nUser-Agent: bgdeploy\\r\\nConnection: close\\r\\n\\r\\n' "$bg_path" "$bg_name"; }
bg_ask() {
  bg_code=
  case $bg_tls in
    '') { exec 3<>"/dev/tcp/$bg_host/$bg_port"; } || return 1
      trap '' PIPE; bg_request >&3; trap - PIPE; IFS=$' \\r' read -r -t 3 _ bg_code _ <&3; exec 3>&- ;;
    *) ( exec 3<>"/dev/tcp/$bg_host/$bg_port" ) || return 1
      case $bg_host in *:*) bg_to=[$bg_host]:$bg_port ;; *) bg_to=$bg_host:$bg_port ;; esac
      if hash curl; then bg_code=$(curl -qks --noproxy '*' -o /dev/null -m 3 -w '%{http_code}' -A bgdeploy --connect-to "::$bg_to" "https://$bg_name$bg_path")
      elif hash openssl; then IFS=$' \\r' read -r _ bg_code _ < <(bg_request | timeout 3 openssl s_client -quiet -connect "$bg_to" -servername "$bg_name"); fi ;;
  esac
}
bg_asked=0 bg_refused=0 bg_wrong=0 bg_bad=
for bg_listen in "\${bg_listens[@]}"; do
  case " $bg_listen " in " unix:"*|*" quic "*|*" proxy_protocol "*) continue ;; *" ssl "*) bg_tls=yes ;; *) bg_tls= ;; esac
  bg_place=\${bg_listen%% *}
  case $bg_place in
    \\[*\\]:*) bg_host=\${bg_place%]*}; bg_host=\${bg_host#[}; bg_port=\${bg_place##*:} ;;
    \\[*\\]) bg_host=\${bg_place#[}; bg_host=\${bg_host%]}; bg_port=80 ;;
    *:*) bg_host=\${bg_place%:*}; bg_port=\${bg_place##*:} ;;
    *[!0-9]*) bg_host=$bg_place; bg_port=80 ;;
    *) bg_host='*'; bg_port=$bg_place ;;
  esac
  # As visitors come: another site may have the loopback to itself.
  read -r _ _ bg_here _ <<<"$SSH_CONNECTION"
  case $bg_host:$bg_here in '*':*.*.*.*|0.0.0.0:*.*.*.*) bg_host=$bg_here ;; '*':*|0.0.0.0:*) bg_host=127.0.0.1 ;; :::*:*) bg_host=\${bg_here%%%*} ;; :::*) bg_host=::1 ;; esac
  for bg_path in "\${bg_paths[@]}"; do for bg_time in first again; do
    [ $bg_asked -lt 4 ] || break 3
    bg_seen=$(bg_list "$bg_new") bg_gone=$(bg_list "$bg_old")
    bg_ask || { bg_asked=$((bg_asked + 1)) bg_refused=$((bg_refused + 1)) bg_from=$bg_host:$bg_port; break 2; }
    bg_asked=$((bg_asked + 1))
    if bg_passed || bg_gained "$bg_seen" "$(bg_list "$bg_new")"; then exit 0; fi
    case $bg_code in 502|504) bg_bad=$bg_code ;; esac
    # nginx keeps the connection for the second one. What it may have answered by itself tells nothing.
    case $bg_code in ''|30?|40[13]) break ;; esac
    [ $bg_time = again ] || bg_gained "$bg_gone" "$(bg_list "$bg_old")" || break
    bg_wrong=$((bg_wrong + 1))
  done; done
done
if [ $bg_wrong -gt 1 ]; then
  bg_why="nginx still passes requests to the old variant on $bg_before, not to the new one on $bg_at: its site must include $bg_backend"
  [ -n "$bg_before" ] && { echo "$bg_why"; exit 1; }; bg_note "$bg_why"
fi
bg_made=; for bg_file in "\${bg_files[@]}"; do ! grep -qs 'Made by .bgdeploy vhost' "$bg_file" || bg_made=yes; done
if [ -n "$bg_bad" ] && [ -n "$bg_made" ]; then
  bg_why="nginx answers $bg_bad for the host $bg_name and does not reach the new variant on $bg_at. Its log says why: /var/log/nginx/error.log"
  [ -n "$bg_before" ] && { echo "$bg_why"; exit 1; }; bg_note "$bg_why"
fi
bg_loud="NO REQUEST REACHES THE APP THROUGH NGINX ON THIS HOST"
bg_sure() {
  [ "\${#bg_files[@]}" = 0 ] && [ -z "$(find "$bg_config" ! -readable -print -quit)" ] || return
  "$bg_nginx" -V 2>&1 | grep -qF -e "--conf-path=$bg_config/nginx.conf" || return
  ! tr '\\0' ' ' <"/proc/$bg_master/cmdline" | grep -q ' -c ' || return
  local bg_file
  # What is included from elsewhere, as other apps' files are, must be read as well.
  while read -r bg_place; do for bg_file in $bg_place; do
    [ ! -e "$bg_file" ] || [ -r "$bg_file" ] || return
    ! grep -qsaE "$bg_named|^[^#]*include" "$bg_file" || return
  done; done < <(grep -RhsoE '^[^#]*include[[:space:]]+[^;]+' "$bg_config" "\${bg_skip[@]}" | sed -E 's/.*include[[:space:]]+//' | tr -d \\'\\" | grep '^/' | grep -v "^$bg_config/")
}
bg_file=$(grep -RlsaE -m 1 "$bg_named" "$bg_config/sites-available" | head -n 1)
if [ -n "$bg_file" ] && bg_sure; then
  bg_why="the site $bg_file is not enabled"
  bg_note "$bg_loud: $bg_why. To enable it: bgdeploy setup --as root"
fi
[ "\${#bg_files[@]}" = 0 ] || [ $bg_refused = 0 ] || [ $bg_refused != $bg_asked ] || bg_note "$bg_loud: nothing accepts connections on $bg_from, where its site listens. To inspect: sudo $bg_nginx -T"
case "$bg_ours $bg_code" in "yes "400|"yes "401|"yes "403|"yes "429|"yes "503) bg_ours= ;; esac
[ -z "$bg_ours" ] || [ $bg_asked = 0 ] || bg_note "$bg_loud: another site answers for the host $bg_name, with status \${bg_code:-none}. To inspect: sudo $bg_nginx -T"
exit 0`;
