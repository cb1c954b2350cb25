import { besideOf } from "../model/beside.ts";
import type {
  FileCommand,
  HostCommand,
  ScriptCommand,
  ShellCommand,
  SudoCommand,
  WriteCommand,
} from "../model/command.ts";
import { isFileCommand, shell, write } from "../model/command.ts";
import type { Line } from "../model/shell.ts";
import { joinLines, quote, rawLine, sh } from "../model/shell.ts";
import type { Arrival } from "./arrival.ts";
import { awaitLine } from "./arrival.ts";
import type { Hold } from "../model/hold.ts";
import { heldLine } from "../model/hold.ts";
import { markOf } from "./wire.ts";

/** What the host's shell does for one command. */
export type Call = {
  readonly line: Line;
  /** Must the script go on when it fails? */
  readonly mayFail: boolean;
  /** In a shell of its own, which keeps what it sets and where it goes to itself. That costs the host a process. */
  readonly apart: boolean;
};

/**
 * The calls for commands, one for each. Root needs no sudo; for others it is byte for byte what the sudo rules name.
 *
 * Files that follow each other are all written before the first is put in its place, which is done with the last of them.
 * What was written of them in vain goes: it may hold secrets.
 */
export function callsOf(commands: readonly HostCommand[], asRoot: boolean): readonly Call[] {
  const calls: Call[] = [];
  let files: FileCommand[] = [];
  for (const [index, command] of commands.entries()) {
    if (!isFileCommand(command)) {
      const apart = command.kind === "shell" && !command.simple;
      calls.push({ line: lineOf(command, asRoot), mayFail: command.mayFail, apart });
      continue;
    }
    if (command.kind === "write" && command.inPlace) {
      calls.push({ line: fillLine(command, command.path), mayFail: false, apart: false });
      continue;
    }
    files.push(command);
    const next = commands[index + 1];
    const isLast = next === undefined || !isFileCommand(next) || files.some(({ path }) => path === next.path);
    const steps = joinLines([prepareLine(command), ...(isLast ? placeLines(files) : [])], " && ");
    const line = sh`${steps} || { rm -f ${files.map(({ path }) => besideOf(path))}; false; }`;
    calls.push({ line, mayFail: false, apart: false });
    if (isLast) files = [];
  }
  return calls;
}

function lineOf(command: ShellCommand | SudoCommand, asRoot: boolean): Line {
  if (command.kind === "shell") return command.line;
  const line = sudoLine(command, asRoot);
  if (command.explain === undefined) return line;
  // What runs is shown; what looks into its failure changes nothing.
  return {
    raw: `${line.raw} || { bg_status=$?; ( ${command.explain.raw} ); ( exit $bg_status ); }`,
    shown: line.shown,
  };
}

function sudoLine(command: SudoCommand, asRoot: boolean): Line {
  const words = rawLine(command.words.map((word) => quote(word)).join(" "));
  // Without `-n` a sudo that finds a terminal waits for a password.
  const line = asRoot ? words : sh`sudo -n ${words}`;
  if (command.from !== undefined) return sh`${line} <${command.from}`;
  return command.input === undefined ? line : sh`printf %s ${quoted(command.input)} | ${line} >/dev/null`;
}

/** A script of the user's, as a file on the host: only its owner may read it. */
export function scriptFile(command: ScriptCommand, content: string): HostCommand {
  return write(command.path, rawLine(content), "0600");
}

export function scriptCall(command: ScriptCommand, hold: Omit<Hold, "what">): HostCommand {
  const call = sh`bash ${command.path} ${command.words}`;
  return shell(command.file, heldLine({ ...hold, what: `the script ${command.file}` }, call));
}

/**
 * A script that is sent before what comes ahead of it has ended: it begins only if the script there succeeded, if there is no
 * file `stop`, and when `arrival` has come.
 */
export type Ahead = { readonly stop?: string; readonly arrival?: Arrival };

/**
 * Several calls as one script, after the first failure none. Where it does not begin, a mark says so.
 *
 * The mark that one has ended waits for the next: each that is printed is a packet for both ends.
 *
 * They read nothing, since the next script stands on the session's input, and they do not hold the session's descriptors:
 * a child that a hook leaves behind would keep the lock.
 */
export function scriptText(calls: readonly Call[], word: string, ahead?: Ahead): string {
  const go = ahead === undefined ? "bg_go=yes" : goLine(ahead).raw;
  const lines = calls.map(({ line, mayFail, apart }, index) => {
    const run = apart ? `( eval ${quote(line.raw)} )` : `eval ${quote(line.raw)}`;
    const start = `printf '%s${markOf(word, `start ${index}`)}' "$bg_marks"`;
    const done = `bg_status=$?; bg_marks="${markOf(word, `done ${index} $bg_status`)}"`;
    const stop = mayFail ? "" : `; [ "$bg_status" = 0 ] || bg_go=no`;
    return `if [ "$bg_go" = yes ]; then ${start}; ${run} </dev/null 8>&- 9>&-; ${done}${stop}; fi`;
  });
  const skipped = `[ "$bg_go" = yes ] || bg_marks="${markOf(word, "skipped")}"`;
  const end = `bg_chain=$bg_go; printf '%s${markOf(word, "end")}' "$bg_marks"`;
  return [`bg_marks=; ${go}`, ...(ahead === undefined ? [] : [skipped]), ...lines, end].join("\n");
}

function goLine({ stop, arrival }: Ahead): Line {
  const unless = stop === undefined ? [] : [sh`[ ! -e ${stop} ] || bg_go=no`];
  const once = arrival === undefined ? [] : [sh`[ "$bg_go" = no ] || ${awaitLine(arrival)} || bg_go=no`];
  return joinLines([rawLine("bg_go=$bg_chain"), ...unless, ...once], "; ");
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/**
 * Makes the file or the link beside its place, anew (`set -C`), so that nobody who may write there can have it lead
 * elsewhere.
 */
function prepareLine(command: FileCommand): Line {
  const { path } = command;
  const beside = besideOf(path);
  if (command.kind === "link") return sh`ln -sfn ${command.to} ${beside}`;
  return fillLine(command, beside);
}

/** Leaves the session's shell as it was. */
function fillLine({ content, mode }: WriteCommand, path: string): Line {
  const directory = directoryOf(path);
  const room = sh`{ [ -d ${directory} ] || mkdir -p ${directory}; } && { [ ! -e ${path} ] && [ ! -L ${path} ] || rm -f ${path}; }`;
  const [hide, show] = mode === "0600" ? ["umask 077; ", "umask 022; "] : ["", ""];
  const fill = sh`printf %s ${quoted(content)} >${path}`;
  return sh`${room} && { set -C; ${rawLine(hide)}${fill}; bg_status=$?; ${rawLine(show)}set +C; [ "$bg_status" = 0 ]; }`;
}

/**
 * Makes the files durable, renames each, then makes that durable: whoever reads a path, or the power that fails, meets the
 * old or the new one. For few processes: each costs the host a millisecond, and a deploy writes many files.
 */
function placeLines(files: readonly FileCommand[]): readonly Line[] {
  const written = files.filter(({ kind }) => kind === "write").map(({ path }) => besideOf(path));
  const directories = [...new Set(files.map(({ path }) => directoryOf(path)))];
  return [
    ...(written.length === 0 ? [] : [sh`sync ${written}`]),
    ...files.map(({ path }) => sh`mv -fT ${besideOf(path)} ${path}`),
    sh`sync ${directories}`,
  ];
}

function quoted(content: Line): Line {
  return { raw: quote(content.raw), shown: quote(content.shown) };
}
