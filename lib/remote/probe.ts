import type { App } from "../model/app.ts";
import type { Layout } from "../model/layout.ts";
import { rawLine, sh } from "../model/shell.ts";
import type { Line } from "../model/shell.ts";

/**
 * The script that reads one host: everything a plan depends on, in one round trip. It changes nothing.
 *
 * Each answer follows a line `<word>=<name>`; `word` must be random, so that no file's content can be taken for one.
 */
export function probeText(word: string, app: App, layout: Layout): string {
  const section = (name: string, line: Line): string => `printf '\\n%s=%s\\n' ${word} ${name}; ${line.raw}`;
  const units = ["blue", "green"] as const;
  const services = units.map((variant) => layout.service(variant));
  return [
    section("user", rawLine(`id -un; id -u; id -Gn; printf '%s\\n' "$HOME" "$SHELL"`)),
    section(
      "machine",
      rawLine("cat /etc/machine-id 2>/dev/null || echo; cat /proc/sys/kernel/random/boot_id; uname -n; date +%s"),
    ),
    section("bash", rawLine(`printf '%s' "$BASH_VERSION"`)),
    section("rsync", rawLine("rsync --version 2>/dev/null | head -n 1")),
    section("nginx", rawLine("nginx -v 2>&1 | grep -o 'nginx version.*'")),
    section("systemd", rawLine("systemctl --version 2>/dev/null | head -n 1")),
    section("flock", rawLine("command -v flock")),
    section("programs", rawLine("command -v curl wget tar gzip xz zstd")),
    section("destination", sh`${destinationState(layout)}`),
    section(
      "disk",
      sh`bg_d=${layout.versions}; while ! [ -d "$bg_d" ]; do bg_d=${rawLine('"${bg_d%/*}"')}; [ -n "$bg_d" ] || bg_d=/; done; stat -f -c '%a %S %d %c' "$bg_d"`,
    ),
    section("exec-user", sh`getent passwd ${app.exec.user}`),
    section("app-user", sh`getent passwd ${app.user}`),
    section("state", sh`[ -d ${layout.state} ] && echo yes`),
    section("group", sh`getent group ${app.group}`),
    section("backend", sh`cat ${layout.backend} 2>/dev/null || cat ${layout.backends} 2>/dev/null`),
    section("backend-exists", sh`[ -e ${layout.backend} ] && echo yes`),
    section(
      "backends",
      sh`if [ -L ${layout.backends} ]; then readlink ${layout.backends}; elif [ -e ${layout.backends} ]; then echo file; fi`,
    ),
    ...(["variant", "unit", "vhost", "sudoers"] as const).map((name) =>
      section(name, sh`[ -r ${layout[name]} ] && { echo yes; cat ${layout[name]}; }`),
    ),
    section(
      "links",
      sh`for bg_l in ${layout.current} ${layout.currentOf("blue")} ${layout.currentOf("green")}; do echo "$(readlink "$bg_l")"; done`,
    ),
    ...units.map((variant) =>
      section(`port-${variant}`, sh`grep -a '^PORT=' ${layout.environment(variant)} 2>/dev/null | tail -n 1`),
    ),
    section("units", sh`systemctl show -p Id,ActiveState,MainPID ${services} nginx.service 2>/dev/null`),
    section(
      "sudo",
      rawLine(`if [ "$UID" != 0 ]; then bg_sudo=$(sudo -n -l 2>&1 </dev/null); printf '%s\\n' "$bg_sudo"; fi`),
    ),
    section("nginx-test", rawLine(nginxTest)),
    section(
      "includes",
      sh`if [ -r /etc/nginx/nginx.conf ]; then grep -rqsF -e ${layout.backend} -e ${layout.backends} /etc/nginx && echo yes || echo no; fi`,
    ),
    section("warm", sh`cat ${layout.warm} 2>/dev/null`),
    ...units.map((variant) =>
      section(`enabled-${variant}`, sh`ls -d /etc/systemd/system/*.wants/${layout.service(variant)} 2>/dev/null`),
    ),
    section("live-green", sh`[ -e ${layout.liveGreen} ] && echo yes`),
    section("flag", sh`[ -r /etc/nginx/nginx.conf ] && grep -rqsF -e ${layout.liveGreen} /etc/nginx && echo yes`),
    section(
      "maintenance",
      sh`[ -e ${layout.maintenance} ] && { echo yes; cat ${layout.maintenanceNote} 2>/dev/null; }`,
    ),
    section("maintenance-block", maintenanceBlock(layout)),
    section("blind", blindTo(layout)),
    section("sites", rawLine("[ -d /etc/nginx/sites-available ] && echo yes")),
    section(
      "default-site",
      rawLine("grep -RlsE '^[^#]*listen[^;]*default_server' /etc/nginx/sites-enabled /etc/nginx/conf.d"),
    ),
    section("listeners", rawLine("cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep ' 0A '")),
    section("passwd", rawLine("cut -d: -f1,3 /etc/passwd")),
    section("releases", sh`ls -1Ap ${layout.versions} 2>/dev/null`),
    section("records", sh`cat ${layout.state}/releases/*.json 2>/dev/null`),
    section(
      "journal",
      sh`tail -n 1 ${layout.journal} 2>/dev/null && grep -a '"end":"live"' ${layout.journal} | tail -n 1`,
    ),
    // /proc/locks tells of a lock without taking it.
    section(
      "locked",
      sh`[ -d ${layout.state} ] && grep -q ":$(stat -c %i ${layout.state} 2>/dev/null) " /proc/locks && echo yes`,
    ),
    section("holder", sh`cat ${layout.lock} 2>/dev/null`),
    section("freeze", sh`cat ${layout.freeze} 2>/dev/null`),
    section("end", rawLine("true")),
  ].join("\n");
}

/** Without root nginx cannot open everything, but still says whether the syntax is right. */
const nginxTest = [
  `if [ "$UID" = 0 ]; then nginx -t 2>&1; else`,
  `case "$bg_sudo" in *"nginx -t"*|*"NOPASSWD: ALL"*) sudo -n nginx -t 2>&1 </dev/null;; *) nginx -t 2>&1;; esac; fi`,
].join(" ");

function destinationState(layout: Layout): Line {
  const path = layout.destination;
  const parent = path.slice(0, path.lastIndexOf("/")) || "/";
  return sh`[ -d ${path} ] && echo yes; [ -w ${path} ] && echo writable; [ -w ${parent} ] && echo parent-writable; stat -c 'owner %U %G' ${path} 2>/dev/null`;
}

/**
 * Do the files of nginx name the maintenance page, and were they written before its newest worker started? A file from
 * the future, by a clock that was wrong, is taken for loaded.
 */
function maintenanceBlock({ maintenance }: Layout): Line {
  return sh`if [ -r /etc/nginx/nginx.conf ]; then
  bg_written=$(grep -rlsFZ -e ${maintenance} /etc/nginx | xargs -0r stat -c %Y | sort -n | tail -n 1); bg_now=$(date +%s)
  [ -n "$bg_written" ] && bg_age=$(ps -o etimes= -p "$(pgrep -n -P "$(systemctl show -p MainPID --value nginx.service)")" 2>/dev/null)
  if [ -z "$bg_written" ]; then echo missing
  elif [ -n "$bg_age" ] && [ "$bg_written" -le "$bg_now" ] && [ "$bg_written" -gt $((bg_now - bg_age + 1)) ]; then echo unloaded
  else echo loaded; fi
fi`;
}

/** Names the first directory on the way to ours that the user of nginx's workers may not search (path_resolution(7)). */
function blindTo({ destination }: Layout): Line {
  return sh`bg_user=$(ps -o user= -p "$(pgrep -P "$(systemctl show -p MainPID --value nginx.service)" | head -n 1)" 2>/dev/null); bg_groups=" $(id -Gn "$bg_user" 2>/dev/null) "; bg_dir=${destination}
while [ -n "$bg_user" ] && [ -n "$bg_dir" ]; do
  read -r bg_mode bg_owner bg_group <<<"$(stat -c '%a %U %G' "$bg_dir" 2>/dev/null)"; bg_mode=$((8#0$bg_mode))
  if [ "$bg_owner" = "$bg_user" ]; then bg_bit=64; else case "$bg_groups" in *" $bg_group "*) bg_bit=8 ;; *) bg_bit=1 ;; esac; fi
  [ $((bg_mode & bg_bit)) != 0 ] || [ -z "$bg_owner" ] || printf '%s\n' "$bg_dir"
  bg_dir=${rawLine('"${bg_dir%/*}"')}
done`;
}
