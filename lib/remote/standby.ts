import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { quote, rawLine, sh } from "../model/shell.ts";
import { napLine } from "../model/wait.ts";
import { ownVersion } from "./rsync-choices.ts";

/**
 * A further channel over a connection, opened while nobody knows yet what for: an upload that takes it need not wait for
 * the channel (two round trips), nor for its directory to be made.
 */
export type Standby = {
  /** Is it there? Where sshd grants no second session in a connection it is not. */
  isOpen(): boolean;
  /** The words of rsync's `--rsh` that take it, once. The host's part begins when the file `path` is there; at once without. */
  shell(path: string | undefined): readonly string[];
  /** Milliseconds that the host took to answer: two round trips, and what it takes to start a shell. */
  took(): number | undefined;
  /** What `rsync --version` says on the host; `""` as long as that has not come. */
  rsync(): string;
  /** What ssh and the host's shell complained of. */
  complaints(): string;
  /** Told when the channel has ended, for whatever reason. */
  readonly ended: Promise<void>;
  close(): void;
};

/** Seconds for which a host waits for its part; a lost one must not wait for ever. */
const patience = 600;

/** Says beside the stream that it is there, and what rsync knows. Then runs what comes before the first NUL; what is behind it is that command's input. */
const remote = `{ echo; rsync --version; printf "\\0"; } >&2; IFS= read -r -d "" -t ${patience} bg_go && eval "$bg_go"`;

/** Once a second: ends the wait when the sshd of our connection is gone. */
const look = rawLine(`((++bg_looks % 100)) || case $(LC_ALL=C kill -0 $PPID 2>&1) in *"No such"*) exit 1 ;; esac`);

/**
 * The two ends of the channel are FIFOs, so that bytes go from rsync to ssh without passing through us. ssh opens them for
 * both directions: else it would wait for rsync before it connects.
 */
const local = `mkfifo -m 600 "$0.up" "$0.down" && exec ssh "$@" 0<>"$0.up" 1<>"$0.down"`;

/**
 * What rsync starts in place of ssh. Its words: the ends, what the host does first, then what rsync gives any remote shell:
 * options, the host, and the command.
 */
const relay = [
  `base=$0; first=$1; shift; until [ "$2" = --server ]; do shift; done; exec 5<&0`,
  `{ printf "%s\\0" "$first$*"; exec cat <&5; } >"$base.up" & exec cat <"$base.down" 5<&-`,
].join("; ");

/** Opens a channel as soon as the control socket of its connection is there; beside that stand its ends. `flags`: for ssh. */
export function openStandby(host: string, flags: readonly string[], socket: string): Standby {
  const ended = Promise.withResolvers<void>();
  let child: ChildProcess | undefined;
  let began = 0;
  let took: number | undefined;
  let [stderr, open] = ["", true];
  const end = (): void => {
    open = false;
    clearInterval(looking);
    ended.resolve();
  };

  function start(): ChildProcess {
    // It will be wanted, too, and is asked meanwhile.
    void ownVersion();
    const words = [...flags, "--", host, `exec bash --noprofile --norc -c ${quote(remote)}`];
    // A group of its own: a Ctrl-C at the terminal must not cut an upload that is to be undone in order.
    const started = spawn("sh", ["-c", local, socket, ...words], {
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
    });
    began = performance.now();
    started.stderr.setEncoding("utf8").on("data", (text: string) => {
      took ??= performance.now() - began;
      stderr = (stderr + text).slice(-8192);
    });
    started.on("error", end);
    started.on("close", end);
    return started;
  }

  const looking = setInterval(() => {
    if (!existsSync(socket)) return;
    clearInterval(looking);
    child = start();
  }, 5);
  return {
    isOpen: () => open && child !== undefined,
    shell: (path) => [
      "sh",
      "-c",
      relay,
      socket,
      path === undefined ? "exec " : sh`${napLine}; until [ -e ${path} ]; do ${look}; bg_nap 0.01; done; exec `.raw,
    ],
    took: () => took,
    rsync: () => (stderr.includes("\0") ? stderr.slice(0, stderr.indexOf("\0")).trimStart() : ""),
    complaints: () => stderr.slice(stderr.indexOf("\0") + 1),
    ended: ended.promise,
    close() {
      if (open) child?.kill();
      end();
    },
  };
}
