import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn } from "node:child_process";
import { Writable } from "node:stream";

/**
 * An ssh that outlives a Ctrl-C at the terminal, which reaches every process of the group: the connection must live on to undo.
 * ssh leaves ignored signals ignored. `release`: it may also outlive us.
 *
 * But when we are killed it must not: its shell on the host would go on waiting, and hold the lock. Descriptor 3 tells.
 */
export function guardedSsh(words: readonly string[]): {
  readonly child: ChildProcessWithoutNullStreams;
  readonly release: () => void;
} {
  const watch = "( read -r _ <&3 || kill -KILL $$ ) >/dev/null 2>&1 &";
  const guarded = `trap "" INT QUIT HUP TERM; ${watch} exec ssh "$@" 3<&-`;
  const child = spawn("sh", ["-c", guarded, "ssh", ...words], { stdio: ["pipe", "pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => {});
  const alive = child.stdio[3];
  alive?.on("error", () => {});
  return {
    child,
    release() {
      if (alive instanceof Writable) alive.end("\n");
    },
  };
}
