import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { UserError, exitCodes } from "../errors.ts";
import { quote } from "../model/shell.ts";
import { openAgent } from "./agent.ts";
import { makeOwnDirectory } from "./own-directory.ts";
import type { ConnectProblem } from "./connect-error.ts";
import { connectProblem } from "./connect-error.ts";
import type { Room } from "./pace.ts";
import type { Session } from "./session.ts";
import { ConnectFailure } from "./connect-failure.ts";
import { openSession } from "./session.ts";
import type { SshSettings } from "../model/ssh-settings.ts";
import type { SshPaths } from "./ssh-options.ts";
import type { Standby } from "./standby.ts";
import { openStandby } from "./standby.ts";
import { writeSshConfig } from "./ssh-files.ts";
import { channelFlags, masterFlags } from "./ssh-options.ts";
import { knowsSessionType } from "./ssh-version.ts";

/** A host that we are connected to: its session, and the words after `ssh` for a further channel. */
export type Connected = {
  readonly session: Session;
  readonly channel: readonly string[];
  readonly noise: string;
  /** Where files will be sent, as long as nothing has been. */
  readonly standby: Standby | undefined;
  /** For what it prints. */
  readonly room: Room;
};

/** What a host's shell evaluates as soon as it is there, and what takes that back where other hosts are not reached. */
export type Greeting = { readonly text: (host: string) => string; readonly takeBack: (host: string) => string };

/** All connections of a run. `close` ends them, in a `hurry` as a session does, and removes what they kept on this machine. */
export type Connections = {
  readonly hosts: readonly Connected[];
  close(hurry?: boolean): Promise<void>;
  hasten(): void;
  kill(): void;
};

/** A host that was not reached, and why. */
export type Unreached = { readonly host: string; readonly problem: ConnectProblem };

export type ConnectOptions = {
  readonly hosts: readonly string[];
  readonly greeting: Greeting;
  readonly ssh: SshSettings;
  /** Will files be sent? Then a channel for them is opened meanwhile. */
  readonly uploads: boolean;
  /** A directory with a short path, for the control sockets. */
  readonly temporary: string;
  /** Is there a person to type a passphrase? */
  readonly interactive: boolean;
  readonly randomWord: () => string;
  readonly wait: (milliseconds: number, until: AbortSignal) => Promise<void>;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** For what the hosts print. */
  readonly room: Room;
  /** Ends what connects or asks. */
  readonly interrupted: AbortSignal;
  /** Hears of each host that is reached, of one that is about to ask something, and why one is tried again. */
  readonly heard: (host: string, what: "connected" | "asking" | { readonly again: string }) => void;
};

/** How many hosts are connected to at once: sshd begins to refuse at ten unauthenticated connections (MaxStartups 10:30:100), and a jump host sees all of ours. */
const handshakes = 8;

/** Milliseconds before each further try where another moment may do. After the first, which is often enough, it is said. */
const pauses = [200, 400, 800, 1600, undefined];

/** Milliseconds in which a host must be ready when no person has to type anything. */
const patience = 30_000;

type Attempt = Connected | ConnectFailure;

/**
 * Connects to all hosts at once; those that may only lack a passphrase are then asked for, one after the other.
 * Throws one `UserError` that names every host that was not reached.
 */
export async function connectAll(options: ConnectOptions): Promise<Connections> {
  const { unreached, ...connections } = await connectReachable(options);
  if (unreached.length === 0) return connections;
  // Nobody waits for the answers: the closing word comes after them.
  for (const { session } of connections.hosts)
    session.evaluate(options.greeting.takeBack(session.host)).catch(() => {});
  await connections.close();
  throw new UserError(unreached.map((each) => unreachedSentence(each)));
}

/** Why a host was not reached, and what mends it. */
export function unreachedSentence({ host, problem: { reason, mend } }: Unreached): string {
  return `${host}: ${reason}. ${mend}`;
}

/** As `connectAll`, but a host that is not reached stands beside those that are. Throws only where it was interrupted. */
export async function connectReachable(
  options: ConnectOptions,
): Promise<Connections & { readonly unreached: readonly Unreached[] }> {
  const version = knowsSessionType();
  const own = await makeOwnDirectory(options.temporary);
  const directory = own.path;
  const config = join(directory, "config");
  await writeSshConfig(config, options.ssh, { ask: false });
  const isNew = await version;
  const unasked = await inBatches(options.hosts, handshakes, (host, index) => {
    const paths = { config, socket: join(directory, String(index)), knowsSessionType: isNew };
    return attempt(host, paths, options, patience);
  });
  const results = options.interactive ? await askFor(unasked, directory, options) : unasked;
  const hosts = results.filter((each) => isReached(each));
  const failures = results.filter((each) => each instanceof ConnectFailure);
  const connections: Connections = {
    hosts,
    async close(hurry) {
      await closeHosts(hosts, hurry);
      await own.remove();
    },
    hasten() {
      for (const { session } of hosts) session.hasten();
    },
    kill() {
      for (const { session, standby } of hosts) {
        standby?.close();
        session.kill();
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
  if (options.interrupted.aborted) {
    connections.kill();
    throw new UserError("Interrupted while connecting; nothing was changed", { exitCode: exitCodes.interrupted });
  }
  const unreached = failures.map((each) => ({ host: each.host, problem: problemOf(each, options.ssh) }));
  return { ...connections, unreached };
}

/**
 * Tries the hosts again that may only lack a passphrase, this time with questions: the first one alone, since what is
 * typed there may open the others, and those that it does not open one after the other. Until then those that were
 * reached are let go: no lock may wait for a person.
 */
async function askFor(
  results: readonly Attempt[],
  directory: string,
  options: ConnectOptions,
): Promise<readonly Attempt[]> {
  const answers = [...results];
  const closed = (): readonly number[] => [...answers.keys()].filter((index) => isAskable(answers[index], options.ssh));
  const [first] = closed();
  if (first === undefined) return results;
  const reached = results.filter((each) => isReached(each));
  await closeHosts(reached);
  const others = [...answers.keys()].filter((index) => index !== first);
  const agent = await openAgent(join(directory, "agent"));
  const again = async (index: number, ask: boolean): Promise<void> => {
    const host = options.hosts[index] ?? "";
    const [config, socket] = [join(directory, ask ? "asking" : "asked"), join(directory, `${index}${ask ? "a" : "b"}`)];
    if (ask) options.heard(host, "asking");
    const paths = { config, socket, knowsSessionType: await knowsSessionType() };
    answers[index] = await attempt(host, paths, options, ask ? undefined : patience);
  };
  try {
    await writeSshConfig(join(directory, "asking"), options.ssh, { ask: true, agent: agent.config });
    await writeSshConfig(join(directory, "asked"), options.ssh, { ask: false, agent: agent.config });
    await again(first, true);
    await inBatches(others, handshakes, (index) => again(index, false));
    for (const index of closed()) if (index !== first) await again(index, true);
    return answers;
  } finally {
    agent.stop();
    // ssh that is killed while it asks leaves the terminal mute.
    if (options.interrupted.aborted) spawnSync("stty", ["echo"], { stdio: ["inherit", "ignore", "ignore"] });
  }
}

async function closeHosts(hosts: readonly Connected[], hurry?: boolean): Promise<void> {
  // ssh waits for the last channel of a connection.
  for (const { standby } of hosts) standby?.close();
  await Promise.all(hosts.map(({ session }) => session.close(hurry)));
}

async function attempt(
  host: string,
  paths: SshPaths,
  options: ConnectOptions,
  limit: number | undefined,
): Promise<Attempt> {
  const { interrupted, room, now } = options;
  for (const [tries, pause] of pauses.entries()) {
    if (interrupted.aborted) break;
    const greeting = options.greeting.text(host);
    const flags = masterFlags(paths, options.ssh);
    const session = openSession({ host, flags, limit, greeting, room, now }, options.randomWord);
    const channel = channelFlags(paths, options.ssh);
    const standby = options.uploads ? openStandby(host, channel, paths.socket) : undefined;
    const end = (): void => session.kill();
    interrupted.addEventListener("abort", end);
    try {
      const noise = await session.ready;
      options.heard(host, "connected");
      return { session, channel, noise, standby, room };
    } catch (error) {
      standby?.close();
      if (!(error instanceof ConnectFailure)) throw error;
      const { busy, reason } = problemOf(error, options.ssh);
      if (pause === undefined || !busy) return error;
      if (tries === 1) options.heard(host, { again: reason });
      await options.wait(pause, interrupted);
    } finally {
      interrupted.removeEventListener("abort", end);
    }
  }
  return new ConnectFailure(host, "interrupted", null);
}

function isReached(attempted: Attempt): attempted is Connected {
  return !(attempted instanceof ConnectFailure);
}

function isAskable(result: Attempt | undefined, ssh: SshSettings): boolean {
  return result instanceof ConnectFailure && problemOf(result, ssh).askable;
}

/** The mends call ssh as the user would type it. */
function problemOf({ host, stderr, status, said }: ConnectFailure, settings: SshSettings): ConnectProblem {
  const { configFile, flags, knownHosts, strictHostKeys } = settings;
  const words = ["ssh", ...(configFile === undefined ? [] : ["-F", configFile]), ...flags];
  const pinning = knownHosts === undefined ? (strictHostKeys === "yes" ? "wanted" : "none") : "done";
  return connectProblem({ host, ssh: words.map((word) => quote(word)).join(" "), pinning, said }, stderr, status);
}

/** Maps with at most `limit` at work at once; results in the order of the items. */
async function inBatches<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const open = items.entries();
  // All workers draw from one iterator.
  const worker = async (): Promise<void> => {
    for (const [index, item] of open) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
