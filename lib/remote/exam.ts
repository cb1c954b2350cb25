import { nginxService } from "../model/nginx.ts";
import type { App } from "../model/app.ts";
import type { Facts } from "../model/facts.ts";
import type { Layout } from "../model/layout.ts";
import { joinLines, rawLine, sh } from "../model/shell.ts";
import type { Line } from "../model/shell.ts";
import { allows } from "../model/sudo.ts";
import { inTheWay, reach, standIns, withheld } from "./exam-places.ts";
import { wayTo } from "./probe-ask.ts";

/** The script behind `bgdeploy doctor`: what runs need not know. It changes nothing. Answers as those of the probe. */
export function examText(word: string, layout: Layout, facts: Facts, app: App): string {
  const section = (name: string, line: Line): string => `printf '\\n%s=%s\\n' ${word} ${name}; ${line.raw}`;
  const units = ["blue", "green"] as const;
  const services = units.map((variant) => layout.service(variant));
  const addTo = [layout.unit, ...services.map((service) => `/etc/systemd/system/${service}`)];
  return [
    section("rsync", rawLine("rsync --version 2>/dev/null | head -n 1")),
    section("nginx", sh`${layout.nginx.binary} -v 2>&1 | grep -io 'nginx version.*\\|[a-z]* version:.*'`),
    section("systemd", rawLine("systemctl --version 2>/dev/null | head -n 1")),
    section("sshd", rawLine("sshd -V 2>&1 </dev/null | grep -o 'OpenSSH_[^ ,]*' | head -n 1")),
    section(
      "units",
      sh`systemctl show -p Id,ActiveState,SubState,ActiveEnterTimestampMonotonic,NRestarts,Result,NeedDaemonReload ${services} systemd-journald.service 2>/dev/null`,
    ),
    section(
      "loaded",
      rawLine(
        "busctl get-property org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager UnitsLoadTimestamp 2>/dev/null",
      ),
    ),
    section(
      "unit-times",
      sh`find ${[layout.unit, ...addTo.map((path) => `${path}.d`)]} -maxdepth 1 -printf '%T@\n' 2>/dev/null`,
    ),
    section("uptime", rawLine("cat /proc/uptime")),
    ...units.map((variant) => section(`record-${variant}`, recordState(layout, layout.currentOf(variant)))),
    // The variants share the template. It ends with one line for all.
    section("exposure", sh`systemd-analyze security --no-pager ${layout.service("blue")} 2>/dev/null | tail -n 1`),
    section(
      "drop-ins",
      sh`ls -d ${joinLines(
        addTo.map((path) => sh`${path}.d/*.conf`),
        " ",
      )} 2>/dev/null`,
    ),
    section("stand-ins", standIns(layout)),
    section("reach", reach(layout, app)),
    section("withheld", withheld(layout)),
    section("in-the-way", inTheWay(layout, app)),
    section("mount", sh`findmnt -nro OPTIONS -T ${layout.destination} 2>/dev/null | tail -n 1`),
    section("nginx-boot", sh`systemctl is-enabled ${nginxService(layout.nginx)} 2>/dev/null`),
    section(
      "private",
      sh`stat -c '%a %U %n' ${layout.environment("blue")} ${layout.environment("green")} ${layout.state} ${layout.state}/releases/*.env 2>/dev/null`,
    ),
    section("rooted", rootedState(layout)),
    section("partials", sh`ls -1d ${layout.versions}/.*.partial 2>/dev/null`),
    section(
      "dangling",
      sh`for bg_l in ${layout.current} ${layout.currentOf("blue")} ${layout.currentOf("green")}; do [ -L "$bg_l" ] && [ ! -e "$bg_l" ] && printf '%s\\n' "$bg_l"; done`,
    ),
    section("site", siteText(layout, facts)),
    section("end", rawLine("true")),
  ].join("\n");
}

function rootedState({ strict, helper, rooted }: Layout): Line {
  if (!strict) return rawLine(":");
  return sh`stat -c '%u %a %F:%n' ${[...new Set([...wayTo(helper), ...wayTo(rooted)])]} ${rooted}/* 2>/dev/null`;
}

/** Is the unit what was recorded with the release that the variant's link names? A rollback gives it the ports of now. */
function recordState({ unit, state }: Layout, link: string): Line {
  const directives = rawLine("sed -e '/^\\[X-Bgdeploy]$/d' -e '/^Ports=/d' -e '/^$/d'");
  return sh`bg_id=$(readlink ${link}); bg_id=${rawLine('"${bg_id##*/}"')}; if [ -n "$bg_id" ] && [ -r ${state}/releases/"$bg_id".service ]; then cmp -s <(${directives} ${unit}) <(${directives} ${state}/releases/"$bg_id".service) && echo same || echo differs; fi`;
}

/**
 * nginx itself says what it includes, where it may be asked (`nginx -T`); else its files are followed from the first one on,
 * as far as they may be read: a site that is not linked, or commented out, is no site. Where its test failed it says nothing,
 * or waits for ever for a pipe that it includes.
 */
function siteText(layout: Layout, facts: Facts): Line {
  const { binary, config } = layout.nginx;
  const dump = [binary, "-T"];
  const may = facts.sudo.kind === "root" ? "" : "sudo -n ";
  const asked =
    allows(facts.sudo, dump) && facts.nginx.test.verdict !== "broken"
      ? `bg_dump=$(${may}${binary} -T 2>/dev/null </dev/null)`
      : "false";
  return sh`${rawLine(asked)} && printf '%s\\n' "$bg_dump" | sed -n 's/^# configuration file \\(.*\\):$/read \\1/p' || (
IFS=; bg_first=$(${binary} -V 2>&1 | sed -n 's/.*--conf-path=\\([^ ]*\\).*/\\1/p'); bg_queue=("${rawLine(`\${bg_first:-${config}/nginx.conf}`)}"); bg_root=${rawLine('"${bg_queue%/*}"')}; bg_i=0; bg_seen=:
while [ $bg_i -lt ${rawLine("${#bg_queue[@]}")} ] ; do
  bg_file=${rawLine('"${bg_queue[bg_i]}"')}; bg_i=$((bg_i + 1)); bg_dir=${rawLine('"${bg_file%/*}"')}
  [ ! -d "$bg_dir" ] || [ -r "$bg_dir" ] && [ -x "$bg_dir" ] || { printf 'unread %s\\n' "$bg_dir"; continue; }
  [ -e "$bg_file" ] || [ -L "$bg_file" ] || { printf 'missing %s\\n' "$bg_file"; continue; }
  case "$bg_seen" in *":$bg_file:"*) continue ;; esac; bg_seen="$bg_seen$bg_file:"
  [ -f "$bg_file" ] && [ -r "$bg_file" ] && printf 'read %s\\n' "$(readlink -f "$bg_file")" || { printf 'unread %s\\n' "$bg_file"; continue; }
  while read -r bg_pattern; do
    case "$bg_pattern" in /*) ;; *) bg_pattern=$bg_root/$bg_pattern ;; esac
    bg_queue+=($bg_pattern)
  done < <(sed 's/#.*//' "$bg_file" | grep -oE '(^|[[:space:];{}])include[[:space:]]+[^;]+' | sed -E 's/^.?include[[:space:]]+//; s/^[[:space:]]+//; s/["'"'"']//g')
done )
printf 'ours %s\\n' "$(readlink -f ${layout.backend})" "$(readlink -f ${layout.backends})" ${layout.backend} ${layout.backends}`;
}
