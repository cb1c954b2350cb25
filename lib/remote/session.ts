import { RemoteError, SessionLostError } from "../errors.ts";
import type { HostCommand } from "../model/command.ts";
import { titleOf } from "../model/command.ts";
import type { Line } from "../model/shell.ts";
import { urgentText } from "./arrival.ts";
import { ConnectFailure } from "./connect-failure.ts";
import { guardedSsh } from "./guarded-ssh.ts";
import type { Room } from "./pace.ts";
import { keepPace } from "./pace.ts";
import type { Listener, Pending, Wanted } from "./pending.ts";
import { evaluation, waiting } from "./pending.ts";
import { frame, heartbeat, prelude } from "./prelude.ts";
import type { Ahead } from "./script.ts";
import { slow } from "./round-trips.ts";
import { callsOf, scriptText } from "./script.ts";
import { makeWire, markOf } from "./wire.ts";

/** The only door to a host: one ssh connection, and over it one long-lived bash that takes scripts on its input. */
export type Session = {
  readonly host: string;
  /** What the login shell printed before our first command. Rejects when the connection does not come about. */
  readonly ready: Promise<string>;
  /** What the connection's `greeting` printed. Rejects with a `SessionLostError` or a `ConnectFailure`. */
  readonly greeted: Promise<string>;
  /**
   * Runs commands in order; what they set stays with them. Rejects with a `RemoteError` at the first that fails.
   * They are on their way when the call returns; those of a call that is made `ahead`, before the one before it has
   * ended, are `skipped` where that one fails.
   */
  run(commands: readonly HostCommand[], asRoot: boolean, listener?: Listener, ahead?: Ahead): Promise<Ran>;
  /** Evaluates text in the session's own shell and gives back what it printed. For the probe and the lock. */
  evaluate(text: string): Promise<string>;
  /** Says a line that has no answer, and that is heard even while the host waits for an upload. */
  interject(line: Line): void;
  /** Has a host that waits for an upload look whether it has arrived. */
  rouse(): void;
  /** Does a round trip take long, as far as is known? What a script does is in it; the shortest counts. */
  isSlow(): boolean;
  /** Says the closing word and waits for the end. In a `hurry` it leaves the farewell to ssh where the host is far away. */
  close(hurry?: boolean): Promise<void>;
  /** Ends the connection now. */
  kill(): void;
};

export type Ran = "done" | "skipped";

/** How to reach a host: the words after `ssh`, made by `masterFlags`, and the milliseconds in which it must be ready. */
export type Connection = {
  readonly host: string;
  readonly flags: readonly string[];
  readonly limit: number | undefined;
  /** Text that the session's shell evaluates first: it travels with the connection, and costs no round trip of its own. */
  readonly greeting?: string;
  /** A command that prints much waits for it. */
  readonly room?: Room;
};

/** Milliseconds of a round trip from which on a farewell takes too long. */
const far = 30;

/** The client says something at least this often (ms); the host's shell gives up after three times as long. */
const heartbeatInterval = 10_000;

/** Our output of a failed command is kept to this many characters; the rest is streamed past. */
const kept = 64 * 1024;

/** Opens a session. `randomWord` gives what marks our own lines in the output. */
export function openSession(connection: Connection, randomWord: () => string): Session {
  const { host, flags, limit, greeting = "", room } = connection;
  const [first, word] = [randomWord(), randomWord()];
  const { child, release } = guardedSsh([...flags, "--", host, prelude(first, greeting)]);
  const receive = makeWire({ first, later: word });
  const decoder = new TextDecoder();
  let stderr = "";
  let noise: string | undefined = "";
  let closing = false;
  let shortest: number | undefined;
  let ended: Error | undefined;
  const queue: Pending[] = [];
  const ready = Promise.withResolvers<string>();
  const exited = Promise.withResolvers<void>();
  ready.promise.catch(() => {});

  const beating = setInterval(() => say(heartbeat), heartbeatInterval);
  beating.unref();
  const late = setTimeout(() => {
    stderr += `\nbgdeploy: no answer within ${(limit ?? 0) / 1000} s`;
    child.kill("SIGKILL");
  }, limit);
  if (limit === undefined) clearTimeout(late);

  child.on("exit", () => {
    release();
    // The ssh to a jump host, which ours started, may hold the output open for as long as TCP waits.
    setTimeout(() => {
      child.stdout.destroy();
      child.stderr.destroy();
    }, 500).unref();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-kept);
  });
  // What others print must not hold up a host that says little.
  keepPace(child, () => (queue[0]?.whole === false && queue[0].output.length >= kept ? room?.() : undefined));
  child.stdout.on("data", (bytes: Uint8Array) => {
    for (const received of receive(decoder.decode(bytes, { stream: true }))) {
      if (received.kind === "output") hear(received.text);
      else mark(received.words);
    }
  });
  child.on("error", (error) => finish(error.message, null));
  child.on("close", (status) => finish(stderr.trim().split("\n").at(-1) || `ssh ended with status ${status}`, status));
  function hear(text: string): void {
    if (noise !== undefined) {
      noise = (noise + text).slice(0, kept);
      return;
    }
    const pending = queue[0];
    if (!pending) return;
    pending.output = pending.whole ? pending.output + text : (pending.output + text).slice(-kept);
    const command = pending.commands[pending.current];
    if (command) pending.listener.output?.(command, text);
  }

  function mark(words: readonly string[]): void {
    const [kind, index, status] = words;
    if (kind === "ready") {
      clearTimeout(late);
      ready.resolve(noise ?? "");
      noise = undefined;
      return;
    }
    if (kind === "bye") {
      leave();
      return;
    }
    const pending = queue[0];
    if (!pending) return;
    const command = pending.commands[Number(index)];
    if (kind === "start" && command) {
      pending.current = Number(index);
      pending.output = "";
      pending.listener.started?.(command);
    } else if (kind === "done" && command && status !== "0") {
      if (pending.calls[pending.current]?.mayFail) pending.listener.missed?.(command, pending.output);
      else fail(pending, command, Number(status));
    } else if (kind === "skipped") {
      pending.skipped = true;
    } else if (kind === "end") {
      queue.shift();
      if (pending.sentAt !== undefined) shortest = Math.min(shortest ?? Infinity, performance.now() - pending.sentAt);
      pending.settle(undefined);
    }
  }

  function fail(pending: Pending, command: HostCommand, status: number): void {
    const { calls, current, output, settle } = pending;
    const line = calls[current]?.line.shown ?? "";
    const error = new RemoteError({ host, title: titleOf(command), line, status, output });
    pending.settle = () => settle(error);
  }

  /** Nothing may come behind the closing word: Node would drop what is still on its way. */
  function say(text: string): void {
    if (!closing && !ended) child.stdin.write(text);
  }

  function isSlow(): boolean {
    return shortest !== undefined && shortest > slow;
  }

  function finish(reason: string, status: number | null): void {
    if (ended) return;
    ended = new SessionLostError(host, reason);
    clearInterval(beating);
    clearTimeout(late);
    const failed = new ConnectFailure(host, stderr, status);
    ready.reject(failed);
    for (const pending of queue.splice(0)) pending.settle(noise === undefined ? ended : failed);
    exited.resolve();
  }

  /** The shell is gone; a child that a command left behind may keep the connection open, but not us. */
  function leave(): void {
    part();
    setTimeout(() => child.kill("SIGKILL"), 500).unref();
  }

  /** Our part is done; ssh may outlive us to deliver what it was given. */
  function part(): void {
    finish("closed", 0);
    child.stdout.destroy();
    child.stderr.destroy();
    release();
    child.unref();
  }

  /** What comes next from the host is its answer. */
  function expect(wanted: Wanted, sentAt?: number): Promise<Pending> {
    return new Promise((resolve, reject) => {
      const settle = (error: Error | undefined): void => (error ? reject(error) : resolve(entry));
      const entry: Pending = { ...waiting, ...wanted, sentAt, settle };
      queue.push(entry);
    });
  }

  function send(text: string, wanted: Wanted): Promise<Pending> {
    if (ended) return Promise.reject(ended);
    const answer = expect(wanted, queue.length === 0 ? performance.now() : undefined);
    child.stdin.write(frame(text));
    return answer;
  }

  const greeted = expect(evaluation).then(({ output }) => output);
  greeted.catch(() => {});

  return {
    host,
    ready: ready.promise,
    greeted,
    async run(commands, asRoot, listener = {}, ahead) {
      if (commands.length === 0) return "done";
      const calls = callsOf(commands, asRoot);
      const sent = await send(scriptText(calls, word, ahead), { commands, calls, listener, whole: false });
      return sent.skipped ? "skipped" : "done";
    },
    async evaluate(text) {
      const script = `${text}\nprintf %s '${markOf(word, "end")}'`;
      return (await send(script, evaluation)).output;
    },
    interject: (line) => say(frame(urgentText(line))),
    rouse: () => say(heartbeat),
    isSlow,
    async close(hurry = false) {
      if (!closing && !ended) {
        closing = true;
        child.stdin.end(frame(`printf %s '${markOf(word, "bye")}'; exit 0`), () => {
          if (hurry && (shortest ?? 0) > far) part();
        });
      }
      await exited.promise;
    },
    kill() {
      child.kill("SIGKILL");
    },
  };
}
