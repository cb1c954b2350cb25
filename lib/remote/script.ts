import type { HostCommand, ScriptCommand, WriteCommand } from "../model/command.ts";
import { shell } from "../model/command.ts";
import type { Line } from "../model/shell.ts";
import { quote, rawLine, sh } from "../model/shell.ts";

/**
 * The shell text of one command. Root needs no sudo; for others it is byte for byte what the sudo rules name.
 */
export function shellText(command: HostCommand, asRoot: boolean): Line {
  switch (command.kind) {
    case "shell":
      return command.line;
    case "sudo": {
      const words = rawLine(command.words.map((word) => quote(word)).join(" "));
      const line = asRoot ? words : sh`sudo ${words}`;
      return command.input === undefined ? line : sh`printf %s ${quoted(command.input)} | ${line} >/dev/null`;
    }
    case "write":
      return writeText(command);
  }
}

/** A script of the user's, as a file on the host: only its owner may read it. */
export function scriptFile(command: ScriptCommand, content: string): HostCommand {
  return { kind: "write", path: command.path, content: rawLine(content), mode: "0600" };
}

export function scriptCall(command: ScriptCommand): HostCommand {
  return shell(command.file, sh`bash ${command.path} ${command.words}`);
}

/** Must the script end when this command fails? */
export function mayFail(command: HostCommand): boolean {
  return command.kind !== "write" && command.mayFail;
}

/**
 * A script that is sent before the one ahead of it has ended: it begins only if that one succeeded, and if there is no
 * file `stop`.
 */
export type Ahead = { readonly stop: string };

/**
 * Several commands as one script: each in a shell of its own, after the first failure none. Where it does not
 * begin, a mark says so.
 *
 * They read nothing, since the next script stands on the session's input, and they do not hold the lock's descriptor:
 * a child that a hook leaves behind would keep the lock.
 */
export function scriptText(
  calls: readonly { readonly raw: string; readonly mayFail: boolean }[],
  word: string,
  ahead?: Ahead,
): string {
  const go = ahead === undefined ? "bg_go=yes" : sh`bg_go=$bg_chain; [ ! -e ${ahead.stop} ] || bg_go=no`.raw;
  const lines = calls.map(({ raw, mayFail }, index) => {
    const done = `bg_status=$?; printf '\\n%s done %d %d\\n' ${word} ${index} "$bg_status"`;
    const stop = mayFail ? "" : `; [ "$bg_status" = 0 ] || bg_go=no`;
    const call = `printf '\\n%s start %d\\n' ${word} ${index}; ( eval ${quote(raw)} ) </dev/null 9>&-; ${done}${stop}`;
    return `if [ "$bg_go" = yes ]; then ${call}; fi`;
  });
  const skipped = `[ "$bg_go" = yes ] || printf '\\n%s skipped\\n' ${word}`;
  const end = `bg_chain=$bg_go; printf '\\n%s end\\n' ${word}`;
  return [go, ...(ahead === undefined ? [] : [skipped]), ...lines, end].join("\n");
}

/**
 * Written beside, made durable, renamed: whoever reads the path, or the power that fails, meets the old or the new file.
 * The file beside is made anew (`set -C`), so that nobody who may write there can have it lead elsewhere. Written for few
 * processes: each costs the host a millisecond, and a deploy writes many files.
 */
function writeText({ path, content, mode }: WriteCommand): Line {
  const beside = `${path}.bgdeploy-new`;
  const directory = path.slice(0, path.lastIndexOf("/"));
  const mask = rawLine(mode === "0600" ? "umask 077; " : "");
  const room = sh`{ [ -d ${directory} ] || mkdir -p ${directory}; } && { [ ! -e ${beside} ] && [ ! -L ${beside} ] || rm -f ${beside}; }`;
  const fill = sh`{ set -C; ${mask}printf %s ${quoted(content)} >${beside}; }`;
  return sh`${room} && ${fill} && sync ${beside} && mv -fT ${beside} ${path} && sync ${directory}`;
}

function quoted(content: Line): Line {
  return { raw: quote(content.raw), shown: quote(content.shown) };
}
