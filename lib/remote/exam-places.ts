import type { App } from "../model/app.ts";
import { serviceDirectories } from "../model/ground.ts";
import type { Layout } from "../model/layout.ts";
import type { Line } from "../model/shell.ts";
import { joinLines, sh } from "../model/shell.ts";
import { wayTo } from "./probe-ask.ts";

/** Where systemd looks for units: one of the full name comes before the template, wherever they stand (systemd.unit(5)). */
const unitDirectories = [
  "/etc/systemd/system.control",
  "/run/systemd/system.control",
  "/run/systemd/transient",
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
];

/** Unit files of a single variant that are no mask. */
export function standIns(layout: Layout): Line {
  const files = unitDirectories.flatMap((each) => [
    `${each}/${layout.service("blue")}`,
    `${each}/${layout.service("green")}`,
  ]);
  return sh`for bg_file in ${files}; do [ ! -e "$bg_file" ] || [ "$bg_file" -ef /dev/null ] || printf '%s\\n' "$bg_file"; done`;
}

/** Who the service is, and all that stands on the way to the live release's program. */
export function reach(layout: Layout, { exec, group }: App): Line {
  const way = wayTo(layout.versions).toReversed();
  return sh`bg_live=; [ ! -f ${layout.variant} ] || bg_live=$(cat ${layout.variant} 2>/dev/null); bg_uid=$(id -u ${exec.user} 2>/dev/null)
printf 'uid %s\\n' "$bg_uid"; printf 'gids %s %s\\n' "$(id -G ${exec.user} 2>/dev/null)" "$(getent group ${group} | cut -d: -f3)"
bg_release=$(readlink -e ${layout.versions}/current-"$bg_live"); bg_program=; [ -z "$bg_release" ] || bg_program=$bg_release/bin/${exec.name}
printf 'program %s\\n' "$bg_program"
[ -z "$bg_program" ] || stat -L -c '%A %u %g %n' ${way} "$bg_release" "$bg_release/bin" "$bg_program" 2>/dev/null`;
}

/** Where root deployed before, files of its own are left that nobody else may read or replace. */
export function withheld(layout: Layout): Line {
  const { destination, state, backend, backends, versions } = layout;
  const files = [backend, backends, layout.variant, layout.environment("blue"), layout.environment("green")];
  const read = sh`find -H ${files} -maxdepth 0 ! -type l ! -readable 2>/dev/null`;
  const write = sh`find -H ${state} -maxdepth 2 '(' ! -readable -o ! -writable ')' ! -type l 2>/dev/null`;
  const remove = sh`find -H ${versions} -mindepth 1 -maxdepth 1 -type d ! -name '.*' ! -writable 2>/dev/null`;
  return sh`[ "$UID" = 0 ] || [ ! -w ${destination} ] || { ${read}; ${write}; ${remove}; } | head -n 20`;
}

/** A directory where a link belongs, or a file where systemd makes a directory. */
export function inTheWay(layout: Layout, app: App): Line {
  const links = [layout.current, layout.currentOf("blue"), layout.currentOf("green")];
  const directories = serviceDirectories(app);
  const none = sh`true`;
  return joinLines(
    [
      sh`for bg_file in ${links}; do [ ! -e "$bg_file" ] || [ -L "$bg_file" ] || printf '%s\\n' "$bg_file"; done`,
      directories.length === 0
        ? none
        : sh`for bg_file in ${directories}; do [ ! -e "$bg_file" ] || [ -d "$bg_file" ] || printf '%s\\n' "$bg_file"; done`,
    ],
    "\n",
  );
}
