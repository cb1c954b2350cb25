import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { Config } from "../../config/resolved.ts";
import { UserError } from "../../errors.ts";
import { quote } from "../../model/shell.ts";
import { printable } from "../../model/printable.ts";
import { connectProblem } from "../../remote/connect-error.ts";
import { fingerprint, keyNames, keysIn, showKeys } from "../../remote/host-keys.ts";
import { agreed } from "../agreed.ts";
import type { Intent } from "../intent.ts";
import { openKey } from "../key.ts";
import type { World } from "../world.ts";

/**
 * Writes the keys of the stage's hosts, and of the jump hosts before them, into the file that pins them. What is pinned
 * stays; what this machine knows is taken, as long as the host shows the same; what is new is shown, and asked about.
 * Gives the config as it is with that file. Throws a `UserError` where a host shows another key than is known.
 */
export async function pinHostKeys(config: Config, intent: Intent, world: World): Promise<Config> {
  const file = config.ssh.knownHosts ?? join(config.directory, "infra/known_hosts");
  const shown = relative(world.cwd, file);
  const before = await readFile(file, "utf8").catch(() => "");
  const { known, fresh, problems } = await gather(config, file, world);
  const others = problems.length === 0 ? "" : `\nNot pinned:\n${problems.map((each) => `  ${each}\n`).join("")}`;
  world.stdout.write(others);
  const isAgreed = fresh.length === 0 || (await agreedTo(fresh, intent, world));
  const text = knownHostsText(before, isAgreed ? [...known, ...fresh] : known);
  if (text === before) {
    world.stdout.write(`${shown} is up to date.\n\n`);
  } else {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    const advice =
      config.ssh.knownHosts === undefined
        ? ` Add to the config: knownHosts: ${JSON.stringify(relative(config.directory, file))}`
        : "";
    world.stdout.write(`Wrote ${shown}.${advice}\n\n`);
  }
  return { ...config, ssh: { ...config.ssh, knownHosts: file, strictHostKeys: "yes" } };
}

type Gathered = {
  /** Lines of known_hosts: pinned before, or known to this machine; and those that are new to it. */
  readonly known: readonly string[];
  readonly fresh: readonly string[];
  readonly problems: readonly string[];
};

async function gather({ hosts, ssh }: Config, file: string, world: World): Promise<Gathered> {
  // Jump hosts want to know who we are.
  await openKey(world);
  // One after the other: they share their jump hosts.
  const all: Gathered = { known: [], fresh: [], problems: [] };
  return hosts.reduce(async (earlier, { host }) => {
    const { known, fresh, problems } = await earlier;
    const names = await keyNames(host.name, { ...ssh, knownHosts: undefined }, world.home);
    const mine = (await Promise.all(names.map((each) => keysOf(each.name, [file, ...each.files])))).flat();
    const seen = [...new Set([...known, ...fresh, ...mine])];
    const { known: now, said } = await showKeys(host.name, ssh, seen, world.temporary);
    const lacking = names.filter(({ name }) => !now.some((line) => line.split(" ").includes(name)));
    const changed = /Host key for (\S+) has changed/.exec(said)?.[1];
    const files = names.flatMap((each) => (each.name === changed ? each.files.slice(0, 1) : []));
    return {
      known: [...new Set([...known, ...mine.filter((line) => nameIn(line) !== changed)])],
      fresh: [...fresh, ...now.filter((line) => !seen.includes(line))],
      problems: [
        ...problems,
        ...(changed === undefined
          ? lacking.map(
              ({ name }) => `${host.name}: the host key of ${name} could not be read: ${whyNot(host.name, said)}`,
            )
          : [changedSentence(host.name, changed, [file, ...files])]),
      ],
    };
  }, Promise.resolve(all));
}

/** Those of the first file that has any: what is pinned wins. */
async function keysOf(name: string, files: readonly string[]): Promise<readonly string[]> {
  const [first, ...others] = files;
  if (first === undefined) return [];
  const keys = await keysIn(first, name);
  return keys.length > 0 ? keys : await keysOf(name, others);
}

function nameIn(line: string): string | undefined {
  return line.split(" ").at(-3);
}

function whyNot(host: string, said: string): string {
  return connectProblem({ host, ssh: "ssh", pinning: "none" }, said, null).reason;
}

function changedSentence(host: string, name: string, files: readonly string[]): string {
  const forget = files.map((file) => `ssh-keygen -f ${quote(file)} -R ${quote(name)}`).join("; ");
  return `${host}: ${name} presents a host key that differs from the known one. Someone may be intercepting the connection, or the host was reinstalled. If it was, remove the old key: ${forget}`;
}

async function agreedTo(fresh: readonly string[], intent: Intent, world: World): Promise<boolean> {
  const rows = await Promise.all(fresh.map((line) => fingerprint(line)));
  world.stdout.write(`Unknown host keys:\n${rows.map((row) => `  ${printable(row)}\n`).join("")}`);
  world.stdout.write("Compare them on the hosts: ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub\n");
  try {
    return await agreed(intent, world);
  } catch (error) {
    // What is known is not kept from being pinned by what is not.
    if (error instanceof UserError && !world.interactive) {
      world.stdout.write("Not pinned. To pin them without a prompt, add --yes\n");
      return false;
    }
    throw error;
  }
}

/** Comments first, then the lines in order, each once: the same for everybody who pins. */
function knownHostsText(before: string, lines: readonly string[]): string {
  const old = before.split("\n").filter((line) => line.trim() !== "");
  const comments = old.filter((line) => line.startsWith("#"));
  const keys = [...new Set([...old.filter((line) => !line.startsWith("#")), ...lines])].toSorted();
  return [...comments, ...keys].map((line) => `${line}\n`).join("");
}
