import { watchClientLine } from "../model/wait.ts";
import { bashOptions, cleanAll } from "../model/clean.ts";
import { defineAwait } from "./arrival.ts";
import { markOf } from "./wire.ts";

/** Seconds without a word from the client after which the host's shell gives up, and so lets go of the lock. */
const silence = 30;

/** Seconds in which a script that has begun to arrive must be there. */
const patience = 60;

/**
 * Defines `bg_hear SECONDS`: takes one script into `bg_script`, an empty one for a heartbeat. Where none begins in time, it
 * fails with bash's status above 128, and what it has of the length stays for the next try; at the end of the input with 1.
 *
 * bash 5.2 may say that the time is over though it took the NUL, and does not tell whether it did (read.def looks at the
 * clock behind its loop; 5.3 no longer does). So a dot ends the length; a NUL left over is dropped by `read -N`, as any.
 */
export const defineHear = `bg_digits=; bg_hear() {
bg_script=; IFS= read -r -d '' -t "$1" bg_part; bg_heard=$?; bg_digits+=$bg_part
case $bg_digits in *.) ;; *) return "$bg_heard" ;; esac; bg_part=\${bg_digits%.}; bg_digits=
printf b >&8; IFS= read -r -N "$bg_part" bg_script; printf e >&8; [ "\${#bg_script}" = "$bg_part" ] || exit 1; }`;

/**
 * Defines `bg_leave STATUS`, for when `bg_hear` has failed with it: ends the shell, and where the client has said nothing for too long, the whole connection.
 * What else goes on over that (an upload, a hook) must not outlive the lock, and a client that wakes must hear
 * of it: ssh itself stays as long as a channel is open. Only an sshd is ended, and one that is still its parent: a process id
 * may be another's by now.
 */
export const defineLeave = `bg_leave() {
if [ "$1" -gt 128 ]; then read -r bg_stat <"/proc/$$/stat"; read -r _ bg_parent _ <<<"\${bg_stat##*) }"; read -r bg_name <"/proc/$bg_parent/comm"
case $bg_parent:$bg_name in "$bg_client:sshd"*|"$bg_client:dropbear"*) kill "$bg_client" ;; esac; fi 2>/dev/null; exit 1; }`;

/**
 * Defines `bg_wait`, which takes the next script or leaves. bash 5.2 judges by the time of day: where that is set forward, it
 * says that the time is over, though it has just taken a word. So what comes long before its time counts as a word.
 */
function defineWait(silence: number): string {
  return `bg_wait() { read -r bg_since _ </proc/uptime; until bg_hear ${silence}; do
read -r bg_until _ </proc/uptime; [ "$bg_heard" -gt 128 ] && [ $((10#\${bg_until/./} - 10#\${bg_since/./})) -lt ${Math.round(silence * 75)} ] || bg_leave "$bg_heard"; done; }`;
}

/** Seconds between two signs of life of a host. */
const pulse = 2;

/** A sign of life of a host, as it comes on ssh's stderr, where nothing else of the host's is said. */
export const beat = "\0";

/**
 * Says every `pulse` seconds that the session's shell is there, whatever it is busy with; and kills it where a script that has
 * begun to arrive (`b` on descriptor 8, and `e` at its end) is late. What it has read counts, not the status: bash 5.2 may say that the
 * time is over though it took the byte. A shell that someone has stopped is not there, nor is one of the
 * subshells that it runs commands in: those have its own words; what a command has started may be stopped.
 */
function watch(patience: number): string {
  const every = Math.min(pulse, patience);
  return `trap '' PIPE; bg_words() { IFS= read -r -N 99999 "$2" <"/proc/$1/cmdline"; }
bg_stopped() {
read -r bg_stat <"/proc/$1/stat" || return; case \${bg_stat##*) } in T*) bg_words "$1" bg_of; bg_words $$ bg_own; [ "$bg_of" != "$bg_own" ] || return 0 ;; esac
local bg_child bg_below=; read -r bg_below <"/proc/$1/task/$1/children"
for bg_child in $bg_below; do if [ "/proc/$bg_child/exe" -ef "/proc/$$/exe" ] && bg_stopped "$bg_child"; then return 0; fi; done; return 1; }
bg_left=0
while :; do bg_byte=; read -r -N 1 -t ${every} bg_byte; bg_got=$?
case $bg_byte in b) bg_left=${patience} ;; e) bg_left=0 ;; *)
[ "$bg_got" -gt 128 ] || exit
[ "$bg_left" = 0 ] || [ $((bg_left -= ${every})) -gt 0 ] || kill -KILL $$
bg_stopped $$ || printf '\\0' >&3 ;; esac; done`;
}

/**
 * The command that ssh runs on the host: bash, which evaluates the greeting and then what arrives on its input. It says
 * `ready`, and `end` when the greeting has ended, each as a mark that `word` opens. The greeting is one of the words, since
 * sshd takes no input before it has said that the command runs, a round trip later.
 *
 * The shell takes scripts as `frame` sends them, so any text can be one. Programs of the admin's path are reached without a
 * login (nginx stands in /usr/sbin), and errors come in order with the output.
 *
 * With a time limit bash reads byte by byte with three system calls for each, without one at once. So only the length of a
 * script is read with a limit; a process at the end of descriptor 8 watches the rest.
 */
export function prelude(word: string, greeting: string, limits = { silence, patience }): string {
  const text = [
    `${cleanAll} PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"; umask 022; exec 7>&2 2>&1; ${watchClientLine}`,
    `printf %s '${markOf(word, "ready")}'`,
    greeting,
    `printf %s '${markOf(word, "end")}'`,
    `exec 8> >(exec >/dev/null 2>&1 3>&7 7>&- 9>&-; ${watch(limits.patience)}) 7>&-`,
    defineHear,
    defineLeave,
    defineWait(limits.silence),
    defineAwait(limits.silence),
    `bg_queue=(); while :; do`,
    `  if [ "\${#bg_queue[@]}" != 0 ]; then bg_script=\${bg_queue[0]}; bg_queue=("\${bg_queue[@]:1}")`,
    `  else bg_wait; fi`,
    `  eval "$bg_script"`,
    "done",
  ].join("\n");
  return bashWords(text, "LC_ALL=C; ");
}

/** The words that have bash evaluate a text behind `first`, whatever the login shell that takes them. */
export function bashWords(text: string, first = ""): string {
  return `exec bash ${bashOptions} -c '${first}printf -v bg_script %b "\${2//%/$1}"; shift 2; eval "$bg_script"' bash '\\x' '${plain(text)}'`;
}

/** A text that stands between single quotes as it is, whatever the login shell; bash decodes it without a process. */
function plain(text: string): string {
  return text.replaceAll(/[%'!\\\n]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** One script as it travels: its length in bytes with a dot and a NUL, then itself. Cut short, it is not evaluated. */
export function frame(text: string): string {
  return `${Buffer.byteLength(text)}.\0${text}`;
}

/** What tells the host's shell that the client is still there. */
export const heartbeat = "\0";
