import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { connectProblem } from "./connect-error.ts";
import type { Session } from "./session.ts";
import { ConnectFailure, openSession } from "./session.ts";
import type { SshPaths, SshSettings } from "./ssh-options.ts";
import { channelFlags, masterFlags, sshConfigText } from "./ssh-options.ts";

/** A host that we are connected to: its session, and the words after `ssh` for a further channel. */
export type Connected = { readonly session: Session; readonly channel: readonly string[]; readonly noise: string };

/** All connections of a run. `close` ends them and removes what they kept on this machine. */
export type Connections = { readonly hosts: readonly Connected[]; close(): Promise<void>; kill(): void };

export type ConnectOptions = {
  readonly hosts: readonly string[];
  readonly ssh: SshSettings;
  /** A directory with a short path, for the control sockets. */
  readonly temporary: string;
  /** Is there a person to type a passphrase? */
  readonly interactive: boolean;
  readonly randomWord: () => string;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Hears of each host that is reached, and of one that is about to ask something. */
  readonly heard: (host: string, what: "connected" | "asking") => void;
};

/** sshd begins to refuse at ten unauthenticated connections (MaxStartups 10:30:100); a jump host sees all of ours. */
const handshakes = 8;

/**
 * Connects to all hosts at once; those that may only lack a passphrase are then asked for, one after the other.
 * Throws one `UserError` that names every host that was not reached.
 */
export async function connectAll(options: ConnectOptions): Promise<Connections> {
  const directory = await mkdtemp(join(options.temporary, "bgd-"));
  const config = join(directory, "config");
  await writeFile(config, sshConfigText(options.ssh.configFile), { mode: 0o600 });
  const attempts = await inBatches(options.hosts, handshakes, (host, index) =>
    attempt(host, { config, socket: join(directory, String(index)) }, options, true),
  );
  const results: (Connected | ConnectFailure)[] = [];
  for (const [index, result] of attempts.entries()) {
    const host = options.hosts[index] ?? "";
    const askable = result instanceof ConnectFailure && connectProblem(host, result.stderr, result.status).askable;
    if (!askable || !options.interactive) results.push(result);
    else {
      options.heard(host, "asking");
      results.push(await attempt(host, { config, socket: join(directory, `${index}-asked`) }, options, false));
    }
  }
  const hosts = results.filter((each): each is Connected => !(each instanceof ConnectFailure));
  const failures = results.filter((each) => each instanceof ConnectFailure);
  const connections: Connections = {
    hosts,
    async close() {
      await Promise.all(hosts.map(({ session }) => session.close()));
      await rm(directory, { recursive: true, force: true });
    },
    kill() {
      for (const { session } of hosts) session.kill();
    },
  };
  if (failures.length > 0) {
    await connections.close();
    throw new UserError(failures.map((failure) => sentence(failure)), { cause: failures[0] });
  }
  return connections;
}

async function attempt(
  host: string,
  paths: SshPaths,
  options: ConnectOptions,
  batch: boolean,
): Promise<Connected | ConnectFailure> {
  for (const pause of [300, 1000, 0]) {
    const session = openSession({ host, flags: masterFlags(paths, options.ssh, batch) }, options.randomWord());
    try {
      const noise = await session.ready;
      options.heard(host, "connected");
      return { session, channel: channelFlags(paths, options.ssh), noise };
    } catch (error) {
      if (!(error instanceof ConnectFailure)) throw error;
      const { busy } = connectProblem(host, error.stderr, error.status);
      if (!busy || pause === 0) return error;
      await options.wait(pause);
    }
  }
  throw new Error("unreachable");
}

function sentence(failure: ConnectFailure): string {
  const { reason, mend } = connectProblem(failure.host, failure.stderr, failure.status);
  return `${failure.host}: ${reason}. ${mend}`;
}

/** Maps with at most `limit` at work at once; results in the order of the items. */
async function inBatches<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
