import type { App } from "../model/app.ts";
import type { Layout } from "../model/layout.ts";
import { rawLine, sh } from "../model/shell.ts";
import type { Line } from "../model/shell.ts";
import {
  filesBeside,
  idleSites,
  backend,
  begin,
  defaultSite,
  destinationState,
  disk,
  elsewhere,
  listeners,
  named,
  places,
  port,
  rulePaths,
  running,
  sites,
  stranger,
  unread,
  workers,
} from "./probe-ask.ts";
import { busyPorts, neighbours } from "./neighbours.ts";
import { probeShell } from "./probe-shell.ts";

/**
 * `thorough` takes nothing for granted: nginx tests its files although none was written since it took them.
 */
export type ProbeOptions = { readonly thorough?: boolean };

/**
 * The script that reads one host: everything a plan depends on, in one round trip. It changes nothing. It needs a shell of
 * its own, where it leaves what it defines.
 *
 * Each answer follows a line `<word>=<name>`; `word` must be random, so that no file's content can be taken for one.
 * A process costs the host a millisecond, and a run may ask many hosts that share one machine: what bash can read by
 * itself it reads, one program answers for many paths or units, and what only `doctor` needs to know stands in the exam.
 */
export function probeText(word: string, app: App, layout: Layout, { thorough = false }: ProbeOptions = {}): string {
  const section = (name: string, line: Line): string => `bg_say "\n${word}=${name}"; ${line.raw}`;
  const units = ["blue", "green"] as const;
  return [
    "exec 2>/dev/null",
    probeShell,
    begin(layout, thorough),
    section("user", rawLine(`bg_say "$HOME"; bg_say "$SHELL"; bg_say "$(exec id)"`)),
    section(
      "machine",
      rawLine("for bg_file in /etc/machine-id /proc/sys/kernel/{random/boot_id,hostname}; do bg_first $bg_file; done"),
    ),
    // A kernel since 6.1 tells by itself.
    section(
      "cpu",
      rawLine('[ -r /proc/sys/kernel/arch ] && bg_first /proc/sys/kernel/arch || bg_say "$(exec uname -m)"'),
    ),
    section("clock", rawLine(`printf -v bg_line '%(%s)T' -1; bg_say "$bg_line"; bg_first /proc/uptime`)),
    section("bash", rawLine('bg_say "$BASH_VERSION"')),
    ...["rsync", "systemctl", "flock"].map((name) => section(name, rawLine(`bg_paths ${name}`))),
    section("nginx", sh`bg_paths ${layout.nginx.binary}`),
    section("rule-paths", rulePaths),
    section("programs", rawLine("bg_paths curl wget tar gzip xz zstd perl python3 sudo visudo")),
    section("destination", destinationState(layout)),
    section("files-beside", filesBeside(app, layout)),
    section("disk", disk(layout)),
    section(
      "system-unit",
      sh`for bg_file in /usr/lib/systemd/system /lib/systemd/system; do [ ! -e "$bg_file"/${app.name}@.service ] || { bg_say "$bg_file"/${app.name}@.service; break; }; done`,
    ),
    section("exec-user", sh`bg_known passwd ${app.exec.user}`),
    // Only root gives files away.
    section("app-user", app.user === undefined ? rawLine(":") : sh`[ "$UID" != 0 ] || bg_known passwd ${app.user}`),
    section("group", sh`bg_known group ${app.group}`),
    section(
      "group-id",
      sh`while IFS=: read -r bg_name bg_line bg_uid bg_line; do [ "$bg_name" != ${app.group} ] || bg_say "$bg_uid"; done </etc/group`,
    ),
    section(
      "user-groups",
      sh`while IFS=: read -r bg_name bg_line; do for bg_user in ${[app.exec.user, app.user ?? app.exec.user]}; do [ "$bg_name" != "$bg_user" ] || bg_say "$bg_name"; done; done </etc/group`,
    ),
    section("unread", unread(layout)),
    section("state", sh`[ -d ${layout.state} ] && bg_say yes`),
    section("backend", backend(layout)),
    section("backend-exists", sh`[ ! -e "$bg_file" ] || bg_say "$bg_file"`),
    section("helper", layout.strict ? sh`bg_cat ${layout.helper}` : sh`[ -e ${layout.helper} ] && bg_say yes`),
    ...(["variant", "unit", "vhost", "sudoers"] as const).map((name) =>
      section(name, sh`[ -r ${layout[name]} ] && { bg_say yes; bg_cat ${layout[name]}; }`),
    ),
    section("neighbours", neighbours(layout)),
    section("named", named(layout)),
    section("idle-sites", idleSites(layout)),
    section("places", places(app, layout, word)),
    section("warm", sh`bg_cat ${layout.warm}`),
    ...units.map((variant) =>
      section(
        `enabled-${variant}`,
        sh`for bg_file in /etc/systemd/system/*.wants/${layout.service(variant)}; do [ ! -e "$bg_file" ] && [ ! -L "$bg_file" ] || bg_say yes; done
for bg_file in {/etc,/run}/systemd/system/${layout.service(variant)} ${layout.unit}; do [ ! "$bg_file" -ef /dev/null ] || { bg_say "masked $bg_file"; break; }; done
bg_file=${layout.unitEnvironment(variant)}; [ -e "$bg_file" ] || [ ! -x "\${bg_file%/*}" ] || bg_say lacks`,
      ),
    ),
    section("live-green", sh`[ -e ${layout.liveGreen} ] && bg_say yes`),
    section("maintenance", sh`[ -e ${layout.maintenance} ] && { bg_say yes; bg_cat ${layout.maintenanceNote}; }`),
    section("sites", sites(app, layout)),
    section("ipv6", rawLine("[ -e /proc/net/if_inet6 ] && bg_say yes")),
    // Of a site with a name of its own it does not matter which one answers by default.
    section("default-site", app.domain === undefined ? defaultSite(layout) : rawLine(":")),
    section(
      "releases",
      sh`bg_d=${layout.versions}/; [ ! -d "$bg_d" ] || [ -r "$bg_d" -a -x "$bg_d" ] || bg_say unread
for bg_file in "$bg_d"*/; do [ -L "\${bg_file%/}" ] || bg_say "\${bg_file#"$bg_d"}"; done`,
    ),
    section("records", sh`for bg_file in ${layout.state}/releases/*.json; do bg_cat "$bg_file"; done`),
    section(
      "socket-releases",
      sh`for bg_file in ${layout.state}/releases/*.env; do bg_line=; [ ! -f "$bg_file" ] || read -r bg_line <"$bg_file"; [[ $bg_line != SOCKET=* ]] || bg_say "\${bg_file##*/}"; done`,
    ),
    section("trees", sh`for bg_file in ${layout.state}/releases/*.tree; do bg_say "\${bg_file##*/}"; done`),
    section("journal", sh`bg_last ${layout.journal} '*' && bg_last ${layout.journal} '*"end":"live"*'`),
    // It tells of another's lock without taking it. The kernel waits some 10 ms for its processors before it lists them.
    section("locks", rawLine(": <&9 || bg_lines /proc/locks '* FLOCK *'")),
    section("holder", sh`bg_cat ${layout.lock}`),
    section("freeze", sh`bg_cat ${layout.freeze}`),
    // Last what had to be waited for.
    section(
      "units",
      rawLine(`IFS= read -r -d '' -u 5 bg_units; bg_say "$bg_units"; ${running(layout).raw}; bg_asked=()`),
    ),
    ...units.map((variant) => section(`port-${variant}`, port(variant, app, layout))),
    ...units.map((variant) =>
      section(
        `socket-${variant}`,
        sh`bg_line=; [ ! -f ${layout.environment(variant)} ] || read -r bg_line <${layout.environment(variant)}; [[ $bg_line != SOCKET=* ]] || bg_say yes`,
      ),
    ),
    section("sockets", thorough ? sh`bg_lines /proc/net/unix '* 00010000 *'` : rawLine(":")),
    section("listeners", listeners),
    section("busy", busyPorts),
    ...units.map((variant) => section(`stranger-${variant}`, stranger(variant, layout))),
    section("sudo", rawLine(`IFS= read -r -d '' -u 6 bg_line; bg_say "$bg_line"`)),
    section("elsewhere", elsewhere),
    section("nginx-test", rawLine(`IFS= read -r -d '' -u 6 bg_line; bg_say "$bg_line"`)),
    section("workers", workers),
    section("end", rawLine("exec 5<&- 6<&- 7<&-")),
    'echo "$bg_answer"',
  ].join("\n");
}
