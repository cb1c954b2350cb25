import { spawn } from "node:child_process";
import { quote } from "../model/shell.ts";
import type { Connected } from "./connect.ts";
import { linesOf } from "./lines.ts";
import { reader } from "./reader.ts";
import type { Session } from "./session.ts";
import { sessionRefused } from "./session-refused.ts";

/** How a stream ended: the command's exit status and what it said on stderr, or why its end was not seen. */
export type StreamEnd =
  | { readonly kind: "exited"; readonly status: number; readonly stderr: string }
  | { readonly kind: "lost"; readonly problem: string };

/** A command on a host, in a channel of the open connection, and what it prints. */
export type Stream = {
  readonly host: string;
  /** As they come, some at a time. Whoever stops reading holds the command up; whoever breaks off ends it. */
  readonly lines: AsyncIterable<readonly string[]>;
  readonly end: Promise<StreamEnd>;
  /** Ends the command and all that it started: SIGTERM, and SIGKILL three seconds later. */
  stop(): void;
};

/** Longer lines come in parts of this many characters. */
const usual = 64 * 1024;

/** Milliseconds that a stopped command may take before its channel is cut. */
const patience = 5000;

/** Runs shell text on a host, with an empty standard input and a path that knows the admin's programs. */
export function openStream({ session, channel }: Connected, text: string, longest = usual): Stream {
  const { host } = session;
  const child = spawn("ssh", [...channel, "--", host, reader], { stdio: ["pipe", "pipe", "pipe"], detached: true });
  let stderr = "";
  let cut: NodeJS.Timeout | undefined;
  const lostOr = (): StreamEnd | Promise<StreamEnd> =>
    cut === undefined ? lostOrExited(session, stderr) : { kind: "lost", problem: `${host}: it was stopped` };
  child.stdin.on("error", () => {});
  child.stdin.write(`${guarded(text)}\0`);
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    stderr = (stderr + piece).slice(-4096);
  });
  const { promise: end, resolve } = Promise.withResolvers<StreamEnd>();
  child.on("error", (error) => resolve({ kind: "lost", problem: `${host}: ${error.message}` }));
  child.on("close", (status) => {
    clearTimeout(cut);
    resolve(status === null || status === 255 ? lostOr() : { kind: "exited", status, stderr });
  });
  return {
    host,
    lines: linesOf(child.stdout, longest),
    end,
    stop() {
      child.stdin.end();
      cut ??= setTimeout(() => {
        child.kill("SIGKILL");
        child.stdout.destroy();
      }, patience);
    },
  };
}

/** ssh itself ends with 255, and so may a command: the session knows whether the connection is still there. */
async function lostOrExited(session: Session, stderr: string): Promise<StreamEnd> {
  const refused = sessionRefused(session.host, stderr);
  if (refused) return { kind: "lost", problem: refused.message };
  try {
    await session.evaluate(":");
    return { kind: "exited", status: 255, stderr };
  } catch (error) {
    return { kind: "lost", problem: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * The command runs in a process group of its own. That our end is gone, whatever ended it, shows as the end of the
 * channel's input, and sshd ends nobody for it.
 */
function guarded(text: string): string {
  return [
    // bash tells of its jobs on stderr: of ours nobody needs to hear.
    `exec 3<&0 4>&2 </dev/null 2>/dev/null; export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"; set -m`,
    `( set +m; exec 2>&4 3<&- 4>&-; eval ${quote(text)} ) & bg_job=$!`,
    `exec 4>&-; { cat <&3; kill -TERM -- "-$bg_job"; sleep 3; kill -KILL -- "-$bg_job"; } >/dev/null & bg_watch=$!`,
    `exec 3<&-; wait "$bg_job"; bg_status=$?; kill -KILL -- "-$bg_watch"; exit "$bg_status"`,
  ].join("\n");
}
