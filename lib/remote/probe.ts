import type { App } from "../model/app.ts";
import type { Layout } from "../model/layout.ts";
import { rawLine, sh } from "../model/shell.ts";
import type { Line } from "../model/shell.ts";

/**
 * The script that reads one host: everything a plan depends on, in one round trip. It changes nothing.
 *
 * Each answer follows a line `<word>=<name>`; `word` must be random, so that no file's content can be taken for one.
 * A process costs the host a millisecond, and a run may ask many hosts that share one machine: what bash can read by
 * itself it reads, one program answers for many paths or units, and what only `doctor` needs to know stands in the exam.
 */
export function probeText(word: string, app: App, layout: Layout): string {
  const section = (name: string, line: Line): string => `printf '\\n%s=%s\\n' ${word} ${name}; ${line.raw}`;
  const units = ["blue", "green"] as const;
  const services = units.map((variant) => layout.service(variant));
  return [
    helpers,
    begin(services),
    // The kernel takes some milliseconds for it, while the others are at work.
    section("listeners", rawLine("grep -hs ' 0A ' /proc/net/tcp /proc/net/tcp6")),
    section("user", rawLine(`printf '%s\\n' "$HOME" "$SHELL"; id`)),
    section(
      "machine",
      rawLine("for bg_file in /etc/machine-id /proc/sys/kernel/{random/boot_id,hostname}; do bg_first $bg_file; done"),
    ),
    section("clock", rawLine("printf '%(%s)T\\n' -1; bg_first /proc/uptime")),
    section("bash", rawLine(`printf '%s' "$BASH_VERSION"`)),
    ...["rsync", "nginx", "systemctl", "flock"].map((name) => section(name, rawLine(`command -v ${name}`))),
    section("programs", rawLine("command -v curl wget tar gzip xz zstd")),
    section("destination", destinationState(layout)),
    section(
      "disk",
      sh`bg_d=${layout.versions}; while ! [ -d "$bg_d" ]; do bg_d=${rawLine('"${bg_d%/*}"')}; [ -n "$bg_d" ] || bg_d=/; done; stat -f -c '%a %S %d %c' "$bg_d"`,
    ),
    section("exec-user", sh`bg_known passwd ${app.exec.user}`),
    section("app-user", sh`bg_known passwd ${app.user}`),
    section("group", sh`bg_known group ${app.group}`),
    section("state", sh`[ -d ${layout.state} ] && echo yes`),
    section("backend", sh`bg_cat ${layout.backend} || bg_cat ${layout.backends}`),
    section("backend-exists", sh`[ -e ${layout.backend} ] && echo yes`),
    ...(["variant", "unit", "vhost", "sudoers"] as const).map((name) =>
      section(name, sh`[ -r ${layout[name]} ] && { echo yes; bg_cat ${layout[name]}; }`),
    ),
    ...units.map((variant) => section(`port-${variant}`, sh`bg_last ${layout.environment(variant)} 'PORT=*'`)),
    section("units", rawLine(`IFS= read -r -d '' -u 5 bg_units; printf %s "$bg_units"`)),
    section("sudo", rawLine(`IFS= read -r -d '' -u 6 bg_text; printf %s "$bg_text"`)),
    section("nginx-test", rawLine(`IFS= read -r -d '' -u 6 bg_text; printf %s "$bg_text"`)),
    section("workers", rawLine(workers)),
    section("named", named(layout)),
    section("places", places(layout)),
    section("warm", sh`bg_cat ${layout.warm}`),
    ...units.map((variant) =>
      section(
        `enabled-${variant}`,
        sh`for bg_file in /etc/systemd/system/*.wants/${layout.service(variant)}; do [ ! -e "$bg_file" ] && [ ! -L "$bg_file" ] || echo yes; done`,
      ),
    ),
    section("live-green", sh`[ -e ${layout.liveGreen} ] && echo yes`),
    section("maintenance", sh`[ -e ${layout.maintenance} ] && { echo yes; bg_cat ${layout.maintenanceNote}; }`),
    section("sites", rawLine("[ -d /etc/nginx/sites-available ] && echo yes")),
    // Of a site with a name of its own it does not matter which one answers by default.
    section(
      "default-site",
      rawLine(
        app.domain === undefined
          ? "grep -RlsE '^[^#]*listen[^;]*default_server' /etc/nginx/sites-enabled /etc/nginx/conf.d"
          : ":",
      ),
    ),
    section(
      "passwd",
      rawLine(
        `while IFS=: read -r bg_user bg_line bg_uid bg_line || [ -n "$bg_user" ]; do printf '%s:%s\\n' "$bg_user" "$bg_uid"; done </etc/passwd`,
      ),
    ),
    section(
      "releases",
      sh`bg_d=${layout.versions}/; for bg_file in "$bg_d"*/; do [ -L "\${bg_file%/}" ] || printf '%s\\n' "\${bg_file#"$bg_d"}"; done`,
    ),
    section("records", sh`for bg_file in ${layout.state}/releases/*.json; do bg_cat "$bg_file"; done`),
    section("journal", sh`bg_last ${layout.journal} '*' && bg_last ${layout.journal} '*"end":"live"*'`),
    // It tells of a lock without taking it.
    section("locks", rawLine("bg_lines /proc/locks '* FLOCK *'")),
    section("holder", sh`bg_cat ${layout.lock}`),
    section("freeze", sh`bg_cat ${layout.freeze}`),
    section("end", rawLine("exec 5<&- 6<&-")),
  ].join("\n");
}

/**
 * `bg_cat FILE` prints a file as it is; `bg_first FILE` its first line, or an empty one; `bg_lines FILE PATTERN` the
 * lines that match, `bg_last` the last of them. `bg_known passwd|group NAME` prints something where there is one.
 */
const helpers = `bg_cat() { bg_text=(); mapfile bg_text 2>/dev/null <"$1" && printf %s "\${bg_text[@]}"; }
bg_first() { bg_line=; read -r bg_line 2>/dev/null <"$1"; printf '%s\\n' "$bg_line"; }
bg_lines() {
  bg_text=(); mapfile -t bg_text 2>/dev/null <"$1" || return
  for bg_line in "\${bg_text[@]}"; do [[ $bg_line != $2 ]] || printf '%s\\n' "$bg_line"; done
}
bg_last() {
  bg_text=(); mapfile -t bg_text 2>/dev/null <"$1" || return
  for ((bg_i = \${#bg_text[@]} - 1; bg_i >= 0; bg_i--)); do
    [[ \${bg_text[bg_i]} != $2 ]] || { printf '%s\\n' "\${bg_text[bg_i]}"; return; }
  done
}
bg_known() {
  while read -r bg_line; do [ "\${bg_line%%:*}" != "$2" ] || { echo yes; return; }; done <"/etc/$1"
  getent "$1" "$2"
}`;

/** What takes long is begun first, and read in its turn: systemd's answer, then what sudo and nginx say. */
function begin(services: readonly string[]): string {
  const units = sh`exec systemctl show -p Id,ActiveState,MainPID ${services} nginx.service`.raw;
  return `exec 5< <(${units} 2>/dev/null 9<&-) 6< <(exec 2>&1 </dev/null 9<&-; ${sudoAndNginx})`;
}

/** The two, with a NUL between them. Without root nginx cannot open everything, but still says whether the syntax is right. */
const sudoAndNginx = [
  `bg_sudo=; [ "$UID" = 0 ] || bg_sudo=$(exec sudo -n -l); printf '%s\\n\\0' "$bg_sudo"`,
  `case "$UID $bg_sudo" in "0 "*) nginx -t ;; *"nginx -t"*|*"NOPASSWD: ALL"*) sudo -n nginx -t ;; *) nginx -t ;; esac`,
].join("; ");

/**
 * The children of nginx, the oldest first: of each the line of its `stat`, then whom the first one runs as. systemd's
 * answer for nginx is the last one of `units`. The kernel need not be built with `children`.
 */
const workers = `bg_main=\${bg_units##*MainPID=}; bg_main=\${bg_main%%[!0-9]*}; bg_pids=
if [ "\${bg_main:-0}" = 0 ]; then :
elif [ -r "/proc/$bg_main/task/$bg_main/children" ]; then read -r bg_pids <"/proc/$bg_main/task/$bg_main/children"
else bg_pids=$(exec pgrep -d ' ' -P "$bg_main"); fi
for bg_pid in $bg_pids; do bg_first "/proc/$bg_pid/stat"; done
[ -z "$bg_pids" ] || bg_lines "/proc/\${bg_pids%% *}/status" '@(Uid|Gid|Groups):*'`;

/** Which of our files are named by those of nginx, as `file:name`. Leaves in `bg_sites` those that name the maintenance page. */
function named({ backend, backends, liveGreen, maintenance }: Layout): Line {
  return sh`bg_sites=(); if [ -r /etc/nginx/nginx.conf ]; then
  mapfile -t bg_text < <(exec grep -rsoaF -e ${backend} -e ${backends} -e ${liveGreen} -e ${maintenance} /etc/nginx)
  printf '%s\\n' read "\${bg_text[@]}"; bg_end=:${maintenance}
  for bg_line in "\${bg_text[@]}"; do [[ $bg_line != *"$bg_end" ]] || bg_sites+=("\${bg_line%"$bg_end"}"); done
fi`;
}

/** What a directory or a link is, for all of them at once: five parts for each, each ended by NUL. */
function places(layout: Layout): Line {
  const links = [layout.current, layout.currentOf("blue"), layout.currentOf("green"), layout.backends];
  const paths = [...wayTo(layout.destination), ...links, layout.state];
  return sh`find ${paths} "\${bg_sites[@]}" -maxdepth 0 -printf '%p\\0%y %m %U %G %i %Ts\\0%u\\0%g\\0%l\\0' 2>/dev/null`;
}

/** A directory and those above it, but the root. */
export function wayTo(path: string): readonly string[] {
  return path === "" ? [] : [path, ...wayTo(path.slice(0, path.lastIndexOf("/")))];
}

function destinationState({ destination }: Layout): Line {
  const parent = destination.slice(0, destination.lastIndexOf("/")) || "/";
  return sh`[ -d ${destination} ] && echo yes; [ -w ${destination} ] && echo writable; [ -w ${parent} ] && echo parent-writable`;
}
