import { strangerSource } from "../../host/stranger.ts";
import type { App } from "../model/app.ts";
import { groundFiles, serviceDirectories } from "../model/ground.ts";
import type { Layout } from "../model/layout.ts";
import type { Line } from "../model/shell.ts";
import { rawLine, sh } from "../model/shell.ts";
import { nginxService } from "../model/nginx.ts";
import { listenersLine } from "../model/stranger.ts";
import type { Variant } from "../model/variant.ts";

/** What takes long is begun first, and read in its turn: systemd's answer on 5, what sudo and nginx say on 6, who listens on 7. */
export function begin(layout: Layout, thorough: boolean): string {
  const services = [layout.service("blue"), layout.service("green")];
  const units =
    sh`exec systemctl show -p Id,ActiveState,Result,ExecMainStatus,MainPID,UID ${services} ${nginxService(layout.nginx)}`
      .raw;
  return `exec 5< <(${units} 9<&-) 6< <(exec 2>&1 </dev/null 9<&-; ${sudoAndNginx(layout, thorough)}) 7< <(exec 9<&-; ${listenersLine().raw})`;
}

/**
 * The two, with a NUL between them. Without root nginx cannot open everything, but still says whether the syntax is right. It
 * would wait for ever for a pipe that stands in the place of the file that it includes.
 */
function sudoAndNginx(layout: Layout, thorough: boolean): string {
  const helped = layout.strict ? sh`*${layout.helper}*) sudo -n ${layout.helper} check ;; `.raw : "";
  const { binary } = layout.nginx;
  const test = `case "$UID $bg_sudo" in "0 "*) ${binary} -t ;; ${helped}*"${binary} -t"*|*"NOPASSWD: ALL"*) sudo -n ${binary} -t ;; *) ${binary} -t ;; esac`;
  return [
    `bg_sudo=; [ "$UID" = 0 ] || bg_sudo=$(exec sudo -n -l); printf '%s\\n\\0' "$bg_sudo"`,
    sh`for bg_file in ${backendsOf(layout)}; do [ ! -e "$bg_file" ] || [ -f "$bg_file" ] || { echo "nginx: [emerg] $bg_file is not a regular file"; exit; }; done`
      .raw,
    thorough ? test : `if ${unchanged(layout).raw}; then echo "syntax is ok since the last reload"; else ${test}; fi`,
  ].join("; ");
}

/**
 * Has nginx proven that it takes its files, and was none of them written since then? Where many sites are served its own
 * test takes seconds. What they include from elsewhere is tested by the next reload, which a run undoes where it fails.
 */
function unchanged({ backend, proven, workers, nginx: { config } }: Layout): Line {
  const look = sh`for bg_file in ${backend} ${config} ${rawLine(config)}/**; do [ ! "$bg_file" -nt ${workers} ] || bg_same=; done`;
  return sh`bg_same=; [ -e ${backend} ] && [ ${proven} -nt ${workers} ] && bg_same=yes; shopt -s globstar dotglob; ${look}; [ -n "$bg_same" ]`;
}

/**
 * The children of nginx, the oldest first: of each the line of its `stat`, then whom the first one runs as. systemd's
 * answer for nginx is the last one of `units`. The kernel need not be built with `children`.
 */
export const workers = rawLine(`bg_main=\${bg_units##*MainPID=}; bg_main=\${bg_main%%[!0-9]*}; bg_pids=
if [ "\${bg_main:-0}" = 0 ]; then :
elif [ -r "/proc/$bg_main/task/$bg_main/children" ]; then read -r bg_pids <"/proc/$bg_main/task/$bg_main/children"
else bg_pids=$(exec pgrep -d ' ' -P "$bg_main"); fi
for bg_pid in $bg_pids; do bg_first "/proc/$bg_pid/stat"; done
for bg_pid in $bg_pids; do bg_line=; IFS= read -r -d '' bg_line <"/proc/$bg_pid/cmdline"; case $bg_line in "nginx: worker process"*) bg_say titled; break ;; esac; done
[ -z "$bg_pids" ] || bg_lines "/proc/\${bg_pids%% *}/status" '@(Uid|Gid|Groups):*'`);

/** The file that nginx includes, whichever of its names there is; `bg_file` is left as the one that was read. */
export function backend(layout: Layout): Line {
  return sh`for bg_file in ${backendsOf(layout)}; do [ ! -e "$bg_file" ] || { bg_cat "$bg_file"; break; }; done`;
}

/** Ours first; then what `setup` has yet to move; then the name that other tools give it. */
export function backendsOf({ backend: ours, ownBackend, backends }: Layout): readonly string[] {
  return [...new Set([ours, ownBackend, backends])];
}

/** Which of our files are named by those of nginx, as `file:name`. A line of its own, which it must find, tells that grep could look. Leaves in `bg_sites` those that name the maintenance page. */
export function named(layout: Layout): Line {
  const { liveGreen, maintenance, nginx } = layout;
  const names = [...backendsOf(layout), layout.socket("green")].flatMap((path) => ["-e", path]);
  return sh`bg_sites=(); if [ -r ${nginx.config}/nginx.conf ]; then
  mapfile -t bg_text < <(exec grep -rsoaF ${names} -e ${liveGreen} -e ${maintenance} ${nginx.config} - <<<${maintenance})
  [[ \${bg_text[-1]} != "(standard input):"* ]] || { bg_say read; unset 'bg_text[-1]'; }
  bg_named=("\${bg_text[@]}"); bg_end=:${maintenance}
  for bg_line in "\${bg_text[@]}"; do bg_say "$bg_line"; [[ $bg_line != *"$bg_end" ]] || bg_sites+=("\${bg_line%"$bg_end"}"); done
fi`;
}

/** Of those files, after `named`: the ones of sites-available that nginx does not read, since no link leads there. */
export function idleSites({ nginx: { config } }: Layout): Line {
  return sh`mapfile -t bg_text <${config}/nginx.conf; case "\${bg_text[*]}" in *sites-available*) bg_named=() ;; esac
for bg_line in "\${bg_named[@]}"; do bg_file=\${bg_line%:*}; bg_found=; [[ $bg_file == ${config}/sites-available/* ]] || continue
  for bg_line in ${rawLine(config)}/sites-enabled/*; do [ ! "$bg_line" -ef "$bg_file" ] || bg_found=yes; done; [ -n "$bg_found" ] || bg_say "$bg_file"
done`;
}

/** Where nginx would read a further site. */
export function sites({ name }: App, { nginx: { config } }: Layout): Line {
  const own = `${config}/conf.d/${name}.conf`;
  return sh`if [ -d ${config}/sites-available ]; then bg_say sites-available
elif [ -e ${own} ] || [ -L ${own} ]; then bg_say taken
elif [ -d ${config}/conf.d ]; then bg_lines ${config}/nginx.conf '*([[:space:]])include[[:space:]]*conf.d/[*].conf*'; fi`;
}

/**
 * The sites of others that answer where no site has the name. A link to a configuration file of a package is `stock` where dpkg
 * knows its sum: nobody has edited it.
 */
export function defaultSite({ vhostLink, nginx: { config } }: Layout): Line {
  const known = rawLine("dpkg-query -W -f '${Conffiles}\\n' 'nginx*'");
  return sh`mapfile -t bg_text < <(exec grep -RlsE '^[^#]*listen[^;]*default_server' ${config}/sites-enabled ${config}/conf.d)
for bg_file in "\${bg_text[@]}"; do
  [ "$bg_file" != ${vhostLink} ] || continue
  bg_line=; [ ! -L "$bg_file" ] || { bg_line=$(exec readlink -f -- "$bg_file"); bg_sum=$(exec md5sum <"$bg_line"); case "$(exec ${known})" in *" $bg_line \${bg_sum%% *}"*) bg_line="stock " ;; *) bg_line= ;; esac; }
  bg_say "$bg_line$bg_file"
done`;
}

/** What a directory or a link is, for all of them at once: five parts for each, each ended by the word, which no path has in it. */
export function places(app: App, layout: Layout, word: string): Line {
  const links = [layout.current, layout.currentOf("blue"), layout.currentOf("green"), layout.backends];
  // The root is always there: with it the answer tells that it is one.
  const paths = ["/", ...wayTo(layout.destination), ...links, layout.versions, layout.state];
  const files = groundFiles(layout).filter((path) => path !== layout.backends);
  const parts = ["%p", "%y %m %U %G %i %Ts", "%u", "%g", "%l", ""].join(word);
  return sh`bg_real=\${bg_place#real }; bg_ways=(); [ "$bg_real" = ${layout.destination} ] || while [ -n "$bg_real" ]; do bg_ways+=("$bg_real"); bg_real=\${bg_real%/*}; done
bg_say "$(exec find ${[...paths, ...files, ...serviceDirectories(app)]} "\${bg_ways[@]}" "\${bg_sites[@]}" -maxdepth 0 -printf ${parts})"`;
}

/** A directory and those above it, but the root. */
export function wayTo(path: string): readonly string[] {
  return path === "" ? [] : [path, ...wayTo(path.slice(0, path.lastIndexOf("/")))];
}

/**
 * The port of a variant, as its environment has it; leaves in `bg_port_…` that or the config's. Adds to `bg_asked` one of the
 * config that its unit does not account for.
 */
export function port(variant: Variant, app: App, layout: Layout): Line {
  const wanted = app.ports[variant];
  return sh`bg_last ${layout.environment(variant)} 'PORT=*'
bg_found=${rawLine("${bg_found#PORT=}")}; bg_found=${rawLine("${bg_found//[!0-9]/}")}; bg_port_${rawLine(`${variant}=\${bg_found:-${wanted}}`)}
case " $bg_running " in *" "${layout.service(variant)}" "*) [ $bg_port_${rawLine(variant)} = ${wanted} ] ;; *) false ;; esac || bg_asked+=(${wanted})`;
}

/** Sets `bg_running` to the units of `bg_units` that have a main process, and `bg_own` to the user that ours run as. */
export function running(layout: Layout): Line {
  return sh`bg_running=; bg_own=; bg_id=; bg_pid=0; bg_uid=
while IFS='=' read -r bg_name bg_line; do
  case "$bg_name" in
    Id) bg_id=$bg_line ;; MainPID) bg_pid=$bg_line ;; UID) bg_uid=$bg_line ;;
    '') case $bg_id:$bg_uid in *:*[!0-9]*|*:) ;; ${layout.service("blue")}:*|${layout.service("green")}:*) bg_own=$bg_uid ;; esac; bg_id=; bg_pid=0 ;;
  esac
  [ -z "$bg_id" ] || [ "$bg_pid" = 0 ] || bg_running+=" $bg_id"
done <<<"$bg_units"`;
}

/** Who listens on our ports: the rows of /proc/net, and the names of their users. Leaves the rows in `bg_rows`. */
export const listeners = rawLine(`mapfile -t -u 7 bg_text; bg_rows=; bg_uids=' '
for bg_port in "$bg_port_blue" "$bg_port_green" "\${bg_asked[@]}"; do printf -v bg_port :%04X "$bg_port"
  for bg_line in "\${bg_text[@]}"; do case $bg_line in *"$bg_port "*":0000 0A "*) bg_rows+=$bg_line$'\\n'; bg_say "$bg_line"; read -r _ _ _ _ _ _ _ bg_uid _ <<<"$bg_line"; bg_uids+="$bg_uid " ;; esac; done
done
while IFS=: read -r bg_user bg_line bg_uid bg_line || [ -n "$bg_user" ]; do case $bg_uids in *" $bg_uid "*) bg_say "user $bg_user:$bg_uid" ;; esac; done </etc/passwd
${strangerSource}`);

/** Where the programs of our sudo rules stand: under /usr where that is the same file, as people write rules. */
export const rulePaths = rawLine(`for bg_name in systemctl tee chown nginx; do ! hash -- $bg_name || {
  bg_file=\${BASH_CMDS[$bg_name]}; [ "/usr$bg_file" -ef "$bg_file" ] && bg_file=/usr$bg_file; bg_say "$bg_file"; }; done`);

/** Of the paths in what sudo lists, in `bg_line`, those that are not what runs under their name here. */
export const elsewhere = rawLine(`read -r -d '' -a bg_text <<<"$bg_line"
for bg_file in "\${bg_text[@]}"; do bg_file=\${bg_file#!}; bg_file=\${bg_file%,}; bg_name=\${bg_file##*/}
  [[ $bg_file != /* ]] || ! hash -- "$bg_name" || [ "$bg_file" -ef "\${BASH_CMDS[$bg_name]}" ] || bg_say "$bg_file"; done`);

/** Who takes the connections to a variant's port, where that is neither root nor the user of its unit. */
export function stranger(variant: Variant, layout: Layout): Line {
  return sh`printf -v bg_port %04X "$bg_port_${rawLine(variant)}"; ! bg_stranger "$bg_port" ${layout.service(variant)} "$bg_own" <<<"$bg_rows" || bg_say "$bg_who"`;
}

/** Where a release would be written: free blocks, block size, free inodes, all inodes. */
export function disk({ versions }: Layout): Line {
  return sh`bg_d=${versions}; while ! [ -d "$bg_d" ]; do bg_d=${rawLine('"${bg_d%/*}"')}; [ -n "$bg_d" ] || bg_d=/; done; bg_say "$(exec stat -f -c '%a %S %d %c' "$bg_d")"`;
}

/** The app's files in a destination that root may take over: it could then no longer replace them. */
export function filesBeside({ exec }: App, { destination }: Layout): Line {
  return sh`[ "$UID" != 0 ] || [ ! -d ${destination} ] || [ -O ${destination} ] || bg_say "$(exec find -H ${destination} -mindepth 1 -maxdepth 1 ! -type d -user ${exec.user} -printf '%f\n')"`;
}

export function destinationState({ destination }: Layout): Line {
  const parent = destination.slice(0, destination.lastIndexOf("/")) || "/";
  return sh`[ -d ${destination} ] && bg_say yes; bg_place=; bg_place=$(cd -P -- ${destination} && echo "real $PWD") && bg_say "$bg_place"; [ -w ${destination} ] && bg_say writable; [ -w ${parent} ] && bg_say parent-writable`;
}

/**
 * What is there, but closed to who asks: a run would take it for absent. Root reads all. `closed`: on the way to it, up to the
 * destination; then nothing below it could be looked at.
 */
export function unread(layout: Layout): Line {
  const { state, journal, unit, variant } = layout;
  const ways = wayTo(layout.destination).toReversed();
  const files = [
    ...backendsOf(layout),
    variant,
    unit,
    layout.environment("blue"),
    layout.environment("green"),
    journal,
  ];
  return sh`[ "$UID" = 0 ] || {
for bg_file in ${ways}; do [ ! -d "$bg_file" ] || [ -x "$bg_file" ] || { bg_say "closed $bg_file"; break; }; done
for bg_file in ${[state, `${state}/releases`]}; do [ ! -d "$bg_file" ] || [ -r "$bg_file" -a -x "$bg_file" ] || bg_say "$bg_file"; done
for bg_file in ${files} ${state}/releases/*.json; do [ ! -e "$bg_file" ] || [ -r "$bg_file" ] || bg_say "$bg_file"; done; }`;
}
