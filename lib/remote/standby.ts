import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { closeSync, constants, existsSync, openSync, writeSync } from "node:fs";
import { Readable } from "node:stream";
import { quote, rawLine, sh } from "../model/shell.ts";
import { cleanAll } from "../model/clean.ts";
import { napSource } from "../../host/nap.ts";
import type { Arrival } from "./arrival.ts";
import type { RoundTrips } from "./round-trips.ts";
import { countRoundTrips } from "./round-trips.ts";
import { killGroup } from "./group.ts";
import { bashWords } from "./prelude.ts";
import { ownVersion } from "./rsync-choices.ts";
import type { Preparation } from "./rsync-links.ts";
import { sayRsync } from "./rsync-links.ts";

/**
 * A further channel over a connection, opened while nobody knows yet what for: an upload that takes it need not wait for
 * the channel (two round trips), nor for its directory to be made.
 */
export type Standby = {
  /** Is it there? Where sshd grants no second session in a connection it is not. */
  isOpen(): boolean;
  /** The words of rsync's `--rsh` that take it. The host's part begins when the file `path` is there; at once without. */
  shell(path: string | undefined, preparation?: Preparation): readonly string[];
  /** Starts the rsync of such words, once. */
  run(words: readonly string[]): ChildProcess;
  /** How the host learns that an upload which waits for `path` has arrived; `undefined` as long as the host has not answered. */
  arrival(path: string, far: boolean): Arrival | undefined;
  /** Does a round trip take long, as far as is known? */
  isSlow(): boolean;
  /** What `sayRsync` says on the host; `""` as long as that has not come. */
  rsync(): string;
  /** What ssh and the host's shell complained of. */
  complaints(): string;
  /** Told when the channel has ended, for whatever reason. */
  readonly ended: Promise<void>;
  close(): void;
};

/** Seconds for which a host waits for its part; a lost one must not wait for ever. */
const patience = 600;

/** Before 5.2 a bash that listens for so short a time as it does for an `Arrival` may listen for ever (see `host/nap.sh`). */
const sayShell = `[ $((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1])) -lt 502 ] || printf "shell %s\\n" $$`;

/**
 * Says beside the stream that it is there, as which process, and what rsync knows. Then runs what comes before the first NUL;
 * what is behind it is that command's input. Nothing before a NUL asks whether it is there, and a NUL is the answer.
 */
const remote = `{ echo; ${sayShell}; ${sayRsync}; printf "\\0"; } >&2; while IFS= read -r -d "" -t ${patience} bg_go; do [ -z "$bg_go" ] || { eval "$bg_go"; exit; }; printf "\\0" >&2; done`;

const nothing: Preparation = { meanwhile: rawLine(""), lastly: rawLine("") };

/** Characters of what the host's end says that are kept. */
const mostHeard = 8192;

/** How often the host is asked whether it is there. */
const questions = 3;

/** Once a second: ends the wait when the sshd of our connection is gone, or nothing has come for too long. */
const look = rawLine(
  `((++bg_looks < ${patience} * 100)) || exit 1; ((bg_looks % 100)) || case $(LC_ALL=C kill -0 $PPID 2>&1) in *"No such"*) exit 1 ;; esac`,
);

/**
 * Both our processes of an upload, in a group of their own: a Ctrl-C at the terminal must not cut one that is to be undone in
 * order. They come from a shell that is started while ssh connects and then waits: to fork Node takes some 5 ms, in
 * which nothing else goes on, and later all hosts would wait for that.
 *
 * The first line starts ssh. The two ends of its channel are FIFOs, so that bytes go from rsync to it without passing
 * through us; it opens them for both directions, else it would wait for rsync before it connects. What comes then is the command
 * that the shell becomes.
 */
const local = [
  `mkfifo -m 600 "$0.up" "$0.down" && IFS= read -r _ || exit`,
  `ssh "$@" 0<>"$0.up" 1<>"$0.down" 2>&3 3>&- & exec 3>&-`,
  `bg_text=; while IFS= read -r bg_line; do bg_text="$bg_text$bg_line\n"; done`,
  `[ -z "$bg_text" ] || eval "exec $bg_text" </dev/null`,
].join("\n");

/**
 * What rsync starts in place of ssh. Its words: the ends, what the host does first and last, then what rsync gives any remote
 * shell: options, the host, and the command.
 */
const relay = [
  `base=$0; first=$1; last=$2; shift 2; until [ "$2" = --server ]; do shift; done; exec 5<&0`,
  // Without the one the other would wait for ever: what is under $$ becomes the second.
  `{ printf "%s\\0" "$first$*$last"; cat <&5 || kill $$; } >"$base.up" & exec cat <"$base.down" 5<&-`,
].join("; ");

/** Where the host writes how an upload ended. */
function statusOf(path: string): string {
  return `${path}.status`;
}

/** Opens a channel as soon as the control socket of its connection is there; beside that stand its ends. `flags`: for ssh. */
export function openStandby(host: string, flags: readonly string[], socket: string): Standby {
  const ended = Promise.withResolvers<void>();
  let child: ChildProcess | undefined;
  let trips: RoundTrips | undefined;
  let [version, shell]: (string | undefined)[] = [];
  let left = questions;
  let heard = "";
  let state: "waiting" | "open" | "taken" | "ended" = "waiting";
  const end = (): void => {
    state = "ended";
    clearInterval(looking);
    // The shell waits no more.
    child?.stdin?.end();
    ended.resolve();
  };

  function prepare(): ChildProcess {
    // It will be wanted, too.
    void ownVersion();
    const words = [...flags, "--", host, bashWords(`${cleanAll}; ${remote}`)];
    const started = spawn("sh", ["-c", local, socket, ...words], {
      stdio: ["pipe", "pipe", "pipe", "pipe"],
      detached: true,
    });
    started.stdin.on("error", () => {});
    started.on("error", end);
    // Of an upload that has taken it, who runs that hears.
    started.on("exit", () => {
      if (state !== "taken") close();
    });
    const told = started.stdio[3];
    if (!(told instanceof Readable)) throw new Error("a process without the pipe that it was given");
    told.setEncoding("utf8").on("data", (text: string) => {
      trips?.opened();
      const parts = (heard + text).split("\0");
      heard = parts.pop()?.slice(-mostHeard) ?? "";
      for (const part of parts) said(part);
    });
    told.on("error", end);
    told.on("close", end);
    return started;
  }

  /** First what rsync knows, then answers. */
  function said(all: string): void {
    const part = all.slice(-mostHeard);
    if (version === undefined)
      [, shell, version] = /^shell (\d+)\n(.*)/ms.exec(part) ?? ["", undefined, part.trimStart()];
    else trips?.answered();
    if (left > 0) ask();
  }

  function ask(): void {
    left -= 1;
    try {
      // ssh holds it open; where it is gone there is nobody to ask.
      const up = openSync(`${socket}.up`, constants.O_WRONLY | constants.O_NONBLOCK);
      writeSync(up, "\0");
      closeSync(up);
      trips?.asked();
    } catch {
      left = 0;
    }
  }

  function close(): void {
    // As long as one of its processes lives, the group's id is no other's.
    if (state !== "ended" && child?.pid !== undefined) killGroup(child.pid);
    end();
  }

  const looking = setInterval(() => {
    child ??= prepare();
    if (!existsSync(socket)) return;
    clearInterval(looking);
    child.stdin?.write("\n");
    trips = countRoundTrips(() => performance.now());
    state = "open";
  }, 10);
  return {
    isOpen: () => state === "open",
    shell(path, { meanwhile, lastly } = nothing) {
      // From now on what goes up is rsync's.
      left = 0;
      if (path === undefined) return ["sh", "-c", relay, socket, sh`${meanwhile}${lastly}exec `.raw, ""];
      const first = sh`${meanwhile}${rawLine(napSource)}; until [ -e ${path} ]; do ${look}; bg_nap 0.01; done; ${lastly}`;
      return ["sh", "-c", relay, socket, first.raw, sh`; echo $? >${statusOf(path)}`.raw];
    },
    arrival: (path, far) => (shell === undefined ? undefined : { status: statusOf(path), shell: Number(shell), far }),
    run(words) {
      if (state !== "open" || !child) throw new Error(`the channel to ${host} is not open`);
      state = "taken";
      child.stdin?.end(`${["rsync", ...words].map((word) => quote(word)).join(" ")}\n`);
      return child;
    },
    isSlow: () => trips?.isSlow() ?? false,
    rsync: () => version ?? "",
    complaints: () => heard,
    ended: ended.promise,
    close,
  };
}
