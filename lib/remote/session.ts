import type { GivenUp } from "../errors.ts";
import { SessionLostError } from "../errors.ts";
import { showBytes } from "../model/bytes.ts";
import type { HostCommand } from "../model/command.ts";
import type { Line } from "../model/shell.ts";
import { urgentText } from "./arrival.ts";
import { ConnectFailure } from "./connect-failure.ts";
import { guardedSsh } from "./guarded-ssh.ts";
import type { Room } from "./pace.ts";
import { keepPace } from "./pace.ts";
import type { Listener, Pending, Wanted } from "./pending.ts";
import { makeAnswers } from "./answers.ts";
import { evaluation, kept, mostAnswered } from "./pending.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { beat, frame, heartbeat, prelude } from "./prelude.ts";
import type { Ahead } from "./script.ts";
import { slow } from "./round-trips.ts";
import { usualPatience } from "./rsync.ts";
import { callsOf, scriptText } from "./script.ts";
import type { Limits, Wait } from "./silence.ts";
import { watchSilence } from "./silence.ts";
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
  /** Evaluates text in the session's own shell and gives back what it printed, within `limit` seconds. For the probe and the lock. */
  evaluate(text: string, limit?: number): Promise<string>;
  /** Says a line that has no answer, and that is heard even while the host waits for an upload. */
  interject(line: Line): void;
  /** Has a host that waits for an upload look whether it has arrived. */
  rouse(): void;
  /** Does a round trip take long, as far as is known? What a script does is in it; the shortest counts. */
  isSlow(): boolean;
  /** Says the closing word and waits for the end. In a `hurry` it leaves the farewell to ssh where the host is far away. */
  close(hurry?: boolean): Promise<void>;
  /** Someone has interrupted: from now on a host that is silent is soon given up. */
  hasten(): void;
  /** Seconds that a transfer to or from the host may say nothing. */
  patience(): number;
  /** Why the host was given up, though its connection was there; `undefined` where it was not. */
  givenUp(): GivenUp | undefined;
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
  /** How long a silent host is waited for. */
  readonly limits?: Limits | undefined;
  /** Epoch milliseconds: they go on while this machine sleeps. */
  readonly now?: (() => number) | undefined;
};

/** Milliseconds of a round trip from which on a farewell takes too long. */
const far = 30;

/** Seconds for an answer: our questions are read from the host's files and its systemd. */
const usualLimit = 60;

/** Seconds for which a transfer may say nothing once someone has interrupted. */
const hurriedTransfer = 8;

/** Characters of ssh's own words that are kept, their end. */
const mostSaid = 16 * 1024;

/** Opens a session. `randomWord` gives what marks our own lines in the output. */
export function openSession(connection: Connection, randomWord: () => string): Session {
  const { host, flags, limit, greeting = "", room, limits, now = () => performance.now() } = connection;
  const [first, word] = [randomWord(), randomWord()];
  const { child, release } = guardedSsh([...flags, "--", host, prelude(first, greeting)]);
  const receive = makeWire({ first, later: word });
  const decoder = new TextDecoder();
  let stderr = "";
  let noise: string | undefined = "";
  let closing = false;
  let ended: SessionLostError | undefined;
  let hurried = false;
  const answers = makeAnswers(host);
  const ready = Promise.withResolvers<string>();
  const exited = Promise.withResolvers<void>();
  ready.promise.catch(() => {});

  const beating = startHeartbeat(say, now);
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
  // What others print must not hold up a host that says little.
  const pause: Room = () => (answers.isLoud() ? room?.() : undefined);
  keepPace(child, pause);
  const silence = watchSilence(
    () => (pause() === undefined ? waitsFor() : undefined),
    (why) => giveUp(hurried ? "interrupted" : "silent", why),
    limits,
  );
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    silence.heard();
    stderr = (stderr + text.replaceAll(beat, "")).slice(-mostSaid);
  });
  child.stdout.on("data", (bytes: Uint8Array) => {
    silence.heard();
    if (ended) return;
    for (const received of receive(decoder.decode(bytes, { stream: true }))) {
      if (received.kind === "output") hear(received.text);
      else mark(received.words);
    }
  });
  child.on("error", (error) => finish(error.message, null));
  child.on("close", (status) => finish(stderr.trim().split("\n").at(-1) || `ssh ended with status ${status}`, status));
  function hear(text: string): void {
    if (noise !== undefined) {
      if (noise.length < kept) noise = (noise + text).slice(0, kept);
    } else if (!answers.hear(text)) {
      giveUp("flood", `it answered a question with more than ${showBytes(mostAnswered)}`);
    }
  }

  function mark(words: readonly string[]): void {
    const [kind] = words;
    if (kind === "ready") {
      clearTimeout(late);
      ready.resolve(noise ?? "");
      noise = undefined;
    } else if (kind === "bye") leave();
    else answers.mark(words);
  }

  function waitsFor(): Wait {
    // Before it is ready, `limit` counts.
    if (ended || noise !== undefined) return { kind: "nothing" };
    return closing ? { kind: "farewell" } : answers.waitsFor();
  }

  /** The host's end is not waited for: it does not answer. */
  function giveUp(how: GivenUp, why: string): void {
    finish(why, null, how);
    child.kill("SIGKILL");
  }

  /** Nothing may come behind the closing word: Node would drop what is still on its way. */
  function say(text: string): void {
    if (!closing && !ended) child.stdin.write(text);
  }

  function finish(reason: string, status: number | null, how?: GivenUp): void {
    if (ended) return;
    ended = new SessionLostError(host, (how === undefined ? beating.slept() : undefined) ?? reason, how);
    silence.stop();
    beating.stop();
    clearTimeout(late);
    const failed = new ConnectFailure(host, stderr, status, noise);
    ready.reject(failed);
    answers.fail(noise === undefined ? ended : failed);
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

  function send(text: string, wanted: Wanted): Promise<Pending> {
    if (ended) return Promise.reject(ended);
    const answer = answers.expect(wanted, performance.now());
    child.stdin.write(frame(text));
    return answer;
  }

  const greeted = answers.expect(evaluation(usualLimit)).then(({ output }) => output);
  greeted.catch(() => {});

  return {
    host,
    ready: ready.promise,
    greeted,
    async run(commands, asRoot, listener = {}, ahead) {
      if (commands.length === 0) return "done";
      const calls = callsOf(commands, asRoot);
      const sent = await send(scriptText(calls, word, ahead), { commands, calls, listener, limit: undefined });
      return sent.skipped ? "skipped" : "done";
    },
    async evaluate(text, within = usualLimit) {
      const script = `${text}\nprintf %s '${markOf(word, "end")}'`;
      return (await send(script, evaluation(within))).output;
    },
    interject: (line) => say(frame(urgentText(line))),
    rouse: () => say(heartbeat),
    isSlow: () => (answers.shortest() ?? 0) > slow,
    async close(hurry = false) {
      if (!closing && !ended) {
        closing = true;
        child.stdin.end(frame(`printf %s '${markOf(word, "bye")}'; exit 0`), () => {
          if (hurry && (answers.shortest() ?? 0) > far) part();
        });
      }
      await exited.promise;
    },
    hasten() {
      hurried = true;
      silence.hasten();
    },
    patience: () => (hurried ? hurriedTransfer : usualPatience),
    givenUp: () => ended?.givenUp,
    kill() {
      child.kill("SIGKILL");
    },
  };
}
