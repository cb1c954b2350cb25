import { sessionSource } from "../../host/session.ts";
import { watchClientLine } from "../model/wait.ts";
import { bashOptions, cleanAll } from "../model/clean.ts";
import { markOf } from "./wire.ts";

/** Seconds without a word from the client after which the host's shell gives up, and so lets go of the lock. */
const silence = 30;

/** Seconds in which a script that has begun to arrive must be there. */
const patience = 60;

/** A sign of life of a host, as it comes on ssh's stderr, where nothing else of the host's is said. */
export const beat = "\0";

/**
 * The command that ssh runs on the host: bash, which evaluates the greeting and then what arrives on its input. It says
 * `ready`, and `end` when the greeting has ended, each as a mark that `word` opens. The greeting is one of the words, since
 * sshd takes no input before it has said that the command runs, a round trip later.
 *
 * The shell takes scripts as `frame` sends them, so any text can be one. Programs of the admin's path are reached without a
 * login (nginx stands in /usr/sbin), and errors come in order with the output.
 */
export function prelude(word: string, greeting: string, limits = { silence, patience }): string {
  const text = [
    `${cleanAll} PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"; umask 022; exec 7>&2 2>&1; ${watchClientLine}`,
    `printf %s '${markOf(word, "ready")}'`,
    greeting,
    `printf %s '${markOf(word, "end")}'`,
    `bg_silence=${limits.silence} bg_patience=${limits.patience}`,
    sessionSource,
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
