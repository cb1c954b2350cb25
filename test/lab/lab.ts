import { buildLab } from "./build.ts";
import { claimLab } from "./claim.ts";
import { type Output } from "./command.ts";
import { type Suite, isSuite, suites } from "./debian.ts";
import { baseImage } from "./image.ts";
import { LabError } from "./lab-error.ts";
import { withLock } from "./lock.ts";
import { boot, exec, isOn, kill } from "./machine.ts";
import { greet, publicAddress, setLink } from "./network.ts";
import { labDirectory, lockFile, machineRoot } from "./places.ts";
import { type Watchdog, clearLab, reapDeadLabs, startWatchdog } from "./reaper.ts";
import { type LabRecord, type Machine, liveLabs, machines, readRecord, writeRecord } from "./record.ts";
import { installPackages, whyLabCannotRun } from "./requirements.ts";

export interface LabOptions {
  /** How many hosts, 1 to 200; they are named h1, h2, … */
  readonly hosts: number;
  /** For people: what `status` shows. Labs may share a name. Default "test". */
  readonly name?: string;
  /** Also a machine `bastion`, the only way to the hosts' private addresses. Default true. */
  readonly bastion?: boolean;
  /** The hosts' Debian release. Default: that of BGDEPLOY_LAB_SUITE, or else what this machine itself runs. */
  readonly suite?: Suite;
  /** Each host has what a server has that was in use before: Debian's default site, another app's, entries in /etc/hosts. */
  readonly stock?: boolean;
  /** Dies with this process. Default true; otherwise it lives until `down`, from any process. */
  readonly owned?: boolean;
  /** Hears what takes long (packages, image). Default: stderr. */
  readonly log?: (line: string) => void;
}

/** A machine of a lab as tests see it. */
export interface LabMachine extends Machine {
  /** Its root directory on this machine, live and writable while it runs and while it is off. */
  readonly root: string;
}

/** Real Debian hosts on this machine. Every function throws a LabError for an unknown machine. */
export interface Lab {
  readonly id: number;
  readonly name: string;
  readonly hosts: readonly LabMachine[];
  readonly bastion: LabMachine | undefined;
  /** Private (0700) and short. */
  readonly directory: string;
  /** Path of an ssh_config for all machines; its known_hosts starts empty, so use StrictHostKeyChecking=accept-new. */
  readonly sshConfig: string;
  /** Path of an ssh_config that includes the other and takes unknown keys by itself, the bastion's too. */
  readonly trustingSshConfig: string;
  /** Path of the private key that opens deploy and root on all machines. */
  readonly key: string;
  readonly knownHosts: string;
  /** Runs `sh -c command` as root inside, past ssh and the network; any exit code is an answer. Throws if it is off. */
  exec(machine: string, command: string, input?: string): Promise<Output>;
  /** Power cut: nothing is stopped in order, no peer hears of it. What was written to the disk stays. */
  kill(machine: string): Promise<void>;
  /** Boots the same disk; resolves when systemd has started everything and sshd answers. */
  boot(machine: string): Promise<void>;
  /** Pulls the network cables, public and private; packets vanish in both directions. */
  cut(machine: string): Promise<void>;
  /** Plugs the network cables in again; resolves when this machine and the bastion can reach it. */
  mend(machine: string): Promise<void>;
  isOn(machine: string): boolean;
  /** Ends all machines and removes every trace. Safe to call twice. */
  down(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Boots hosts; resolves when all are ready. Installs missing packages and builds the image where that was never done.
 * First clears labs whose owners are gone. Throws a LabError, and then leaves nothing behind.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { log = (line: string) => void process.stderr.write(`${line}\n`) } = options;
  if (!(options.hosts >= 1 && options.hosts <= 200)) throw new LabError("A lab has 1 to 200 hosts.");
  const why = whyLabCannotRun();
  if (why !== undefined) throw new LabError(`No lab here: ${why}`);
  await installPackages(log);
  const image = await baseImage(log, options.suite ?? suiteOf(process.env["BGDEPLOY_LAB_SUITE"]));

  const { hosts, name = "test", bastion = true, stock = false } = options;
  const record = await withLock(lockFile, async () => {
    await reapDeadLabs();
    return claimLab({ hosts, name, bastion, image, stock });
  });
  const watchdog = startWatchdog(record.id);
  try {
    await buildLab(record);
    if (options.owned ?? true) return asLab(record, watchdog);
    const { owner: _, ...ownerless } = record;
    await writeRecord(ownerless);
    watchdog.release();
    return asLab(ownerless);
  } catch (error) {
    await clearLab(record.id);
    watchdog.release();
    throw error;
  }
}

/** For a test by hand of what usually runs on this machine's own release. */
function suiteOf(name: string | undefined): Suite | undefined {
  if (name === undefined || name === "" || isSuite(name)) return name || undefined;
  throw new LabError(`BGDEPLOY_LAB_SUITE names no suite: ${name}. There are ${suites.join(", ")}.`);
}

/** The labs that are up, those of other processes too. */
export async function openLabs(): Promise<readonly Lab[]> {
  return (await liveLabs()).map((record) => asLab(record));
}

function asLab(record: LabRecord, watchdog?: Watchdog): Lab {
  const { id, name, hosts, bastion } = record;
  const directory = labDirectory(id);
  const seen = (machine: Machine): LabMachine => ({ ...machine, root: machineRoot(id, machine.name) });
  const find = (wanted: string): Machine => {
    const machine = machines(record).find((machine) => machine.name === wanted);
    if (machine !== undefined) return machine;
    const names = machines(record).map((machine) => machine.name);
    throw new LabError(`Lab ${name} has no machine ${wanted}; it has ${names.join(", ")}.`);
  };
  const down = async (): Promise<void> => {
    await withLock(lockFile, async () => {
      const now = await readRecord(id);
      if (now?.uuid === record.uuid) await clearLab(id); // else it is down, and the number may be another lab's
    });
    watchdog?.release();
  };
  return {
    id,
    name,
    hosts: hosts.map(seen),
    bastion: bastion && seen(bastion),
    directory,
    sshConfig: `${directory}/ssh_config`,
    trustingSshConfig: `${directory}/trusting_ssh_config`,
    key: `${directory}/key`,
    knownHosts: `${directory}/known_hosts`,
    exec: async (machine, command, input) => exec(record, find(machine), command, input),
    kill: async (machine) => kill(record, find(machine)),
    boot: async (machine) => boot(record, find(machine)),
    cut: async (machine) => setLink(id, find(machine), "down"),
    async mend(machine) {
      await setLink(id, find(machine), "up");
      await greet(id, find(machine), [
        publicAddress(id, 1),
        ...(bastion ? [bastion.address, bastion.privateAddress] : []),
      ]);
    },
    isOn: (machine) => isOn(record, find(machine)),
    down,
    [Symbol.asyncDispose]: down,
  };
}
