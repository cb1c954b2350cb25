import type { App } from "../model/app.ts";
import { groundFiles, stateDirectories } from "../model/ground.ts";
import type { Layout } from "../model/layout.ts";
import type { Line } from "../model/shell.ts";
import { joinLines, rawLine, sh } from "../model/shell.ts";

/** Whose the releases' files shall be where root takes them over: `user` is `undefined` for root itself. */
export type Keeper = Pick<App, "user" | "group" | "writable">;

/**
 * Succeeds where the destination and our directories in it belong to whoever asks, the files that others read to them or to
 * root, and nobody else may write to any of them: only then does a path below lead where we think. The destination may be a link, since the directory that holds it is looked at, too.
 */
export function soundLine(layout: Layout): Line {
  const { destination, versions, state } = layout;
  const ours = stateDirectories(layout);
  const { ownBackend, backends } = layout;
  const files = groundFiles(layout).filter((path) => path !== backends);
  const ownLink = sh`{ [ ! -L ${backends} ] || [ ! -e ${backends} ] || [ ${backends} -ef ${ownBackend} ]; }`;
  const paths = [destination, versions, state, ...files, backends];
  // The root, which comes last, says that find could look.
  const loose = sh`"$(exec find -H ${paths} / -maxdepth 0 ! -type l '(' ! -user "$UID" ! -user 0 -o -perm /022 -o -path / ')' -print -quit 2>/dev/null)"`;
  return sh`${all("-O", [destination, versions, state])} && ${all("! -L", [versions, ...ours, ...files])} && ${ownLink} && ${all("-d", ours)} && [ / = ${loose} ]`;
}

function all(test: string, paths: readonly string[]): Line {
  return joinLines(
    paths.map((path) => sh`[ ${rawLine(test)} ${path} ]`),
    " && ",
  );
}

/** The one line that nginx shall include. */
const serverLine = "^(server[[:space:]]+[][A-Za-z0-9_.:/-]+[[:space:]]*;[[:space:]]*)?$";

/**
 * Makes what is missing, and takes over what others own. Fails where that cannot be done safely, with a line
 * `untrusted PATH`. A user without root closes what is theirs to others, and can do no more.
 *
 * Root freezes the destination first: from then on nobody else can move anything in it. The state of another owner may have
 * been planted: it is set aside. Files are copied, not given: the app may still hold one open. chmod -R follows a link that
 * takes a file's place in time: so each directory of a release is root's, and closed, before find looks into it.
 */
export function takeGround(layout: Layout, { user, group, writable }: Keeper): Line {
  const { destination, versions, state } = layout;
  const ours = stateDirectories(layout);
  const make = sh`{ ${all("-d", ours)} || mkdir -p -m 700 ${ours}; }`;
  const files = joinLines([...kept(layout), ...open(layout)], " && ");
  // What the app may write, by a config that says so, stays as it is.
  const isOpen = (user !== undefined && user !== "root") || writable;
  const releases = isOpen
    ? sh`chmod go-w ${versions}`
    : sh`bg_freeze && chown -hR ${`root:${group}`} ${versions} && chmod -R ug-s,u+rwX,go+rX,go-w ${versions}`;
  const close = sh`for bg_file in ${groundFiles(layout)}; do [ -L "$bg_file" ] || [ ! -O "$bg_file" ] || chmod go-w "$bg_file" || return; done`;
  const lines = [
    sh`bg_untrusted() { echo untrusted "$1"; false; }`,
    // A copy that is made anew: what stands beside may have been planted.
    sh`bg_copy() { [ ! -L "$1" ] || { bg_untrusted "$1"; return; }; [ -e "$1" ] || return 0; [ ! -O "$1" ] || [ -n "$(exec find "$1" -maxdepth 0 -perm /022)" ] || return 0
[ -f "$1" ] || { bg_untrusted "$1"; return; }; bg_beside=$1.bgdeploy-new; rm -rf "$bg_beside" && (umask 077; cp "$1" "$bg_beside") || return
[ "$3" != included ] || bg_plain "$bg_beside" || { rm -f "$bg_beside"; bg_untrusted "$1"; return; }
chmod "$2" "$bg_beside" && sync "$bg_beside" && mv -fT "$bg_beside" "$1"; }`,
    sh`bg_plain() { bg_form=${serverLine}; while read -r bg_line || [ -n "$bg_line" ]; do [[ $bg_line =~ $bg_form ]] || return; done <"$1"; }`,
    // Level by level: what stands in a closed directory is no other when install comes to it.
    sh`bg_freeze() { bg_level=0; while [ -n "$(exec find ${versions} -mindepth $bg_level -maxdepth $bg_level -type d -print -quit)" ]; do find ${versions} -mindepth $bg_level -maxdepth $bg_level -type d '(' ! -user 0 -o -perm /022 ')' -exec install -d -o root -g ${group} -m 0755 {} + || return; bg_level=$((bg_level + 1)); done; }`,
    sh`bg_sound() { ${soundLine(layout)}; }`,
    sh`bg_take() { mkdir -p ${destination} ${versions} || return; if bg_sound; then return 0; fi`,
    sh`if [ "$UID" != 0 ]; then ${make} && { bg_sound || { chmod go-w ${destination} ${versions} ${state} && ${close} && bg_sound; }; }; return; fi`,
    sh`chown root ${destination} && chmod go-w ${destination} && chown -h root ${versions} || return`,
    sh`[ ! -L ${versions} ] && [ -d ${versions} ] || { bg_untrusted ${versions}; return; }`,
    sh`${releases} || return`,
    sh`[ ! -L ${state} ] || { bg_untrusted ${state}; return; }`,
    sh`[ ! -e ${state} ] || [ -O ${state} ] || { bg_aside=${state}.$(stat -c %U ${state}).$(date +%s) && mv -T ${state} "$bg_aside" && chown root "$bg_aside" && chmod 700 "$bg_aside" || return; }`,
    sh`${make} && chmod 700 ${state} && ${files} && bg_sound; }`,
    sh`bg_take`,
  ];
  return joinLines(lines, "\n");
}

/** Each of those is read by root: nginx's master, systemd, or us. */
function kept(layout: Layout): readonly Line[] {
  const { ownBackend, backends } = layout;
  const link = sh`{ [ ! -L ${backends} ] || [ "$(readlink ${backends})" = backend.conf ] && chown -h root ${backends} || bg_untrusted ${backends}; }`;
  return [
    included(ownBackend),
    sh`if [ -L ${backends} ]; then ${link}; else ${included(backends)}; fi`,
    ...(["blue", "green"] as const).map((variant) => sh`bg_copy ${layout.environment(variant)} 600`),
  ];
}

/** The copy is looked at, which nobody else can change. */
function included(path: string): Line {
  return sh`bg_copy ${path} 644 included`;
}

function open({ variant, liveGreen, maintenance }: Layout): readonly Line[] {
  return [variant, liveGreen, maintenance].map((path) => sh`bg_copy ${path} 644`);
}
