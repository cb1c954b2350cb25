import { spawn } from "node:child_process";
import { constants } from "node:os";
import { parseArgs } from "node:util";
import { isSuite, suites } from "./debian.ts";
import { type Lab, openLabs, startLab } from "./lab.ts";
import { LabError } from "./lab-error.ts";

const usage = `Debian hosts on this machine, to try and test deploys on. Needs Linux and root.

  npm run lab -- up [HOSTS]           boot h1, h2, … and a bastion (default: 3 hosts); lives until "down"
  npm run lab -- status               all labs and their machines
  npm run lab -- ssh HOST [CMD…]      over ssh as deploy; root-h1: as root; private-h1: through the bastion
  npm run lab -- exec HOST CMD…       as root, past ssh and the network
  npm run lab -- kill HOST            power cut
  npm run lab -- boot HOST            boot it again from its disk
  npm run lab -- cut HOST             pull its network cables
  npm run lab -- mend HOST            plug them in again
  npm run lab -- down                 end the lab and remove every trace of it

  --name NAME     which lab (default: lab)
  --no-bastion    up: without the bastion
  --suite SUITE   up: hosts of this Debian release (${suites.join(", ")}; default: this machine's)
  --stock         up: with Debian's default site, another app's site, and more in /etc/hosts
  --help          this text

CMD that begins with a dash: put it after a further "--".`;

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  try {
    return await command(argv);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    process.stderr.write(`lab: ${error.message}\n`);
    return 1;
  }
}

async function command(argv: readonly string[]): Promise<number> {
  const { help, words, ...options } = parse(argv);
  const { name } = options;
  const [verb, machine, ...rest] = words;
  if (help || verb === undefined) {
    print(usage);
    return help ? 0 : 2;
  }
  switch (verb) {
    case "up":
      return up(machine ?? "3", options);
    case "status":
      return status();
    case "down":
      await (await find(name)).down();
      return 0;
    case "ssh":
      return ssh(await find(name), needed(machine), rest);
    case "exec":
      return exec(await find(name), needed(machine), rest);
    case "kill":
    case "boot":
    case "cut":
    case "mend":
      await (await find(name))[verb](needed(machine));
      return 0;
    default:
      throw new LabError(`There is no command ${verb}. See: npm run lab -- --help`);
  }
}

interface Parsed {
  readonly name: string;
  readonly bastion: boolean;
  readonly stock: boolean;
  readonly suite?: string;
  readonly help: boolean;
  readonly words: readonly string[];
}

/** Options end at the machine's name, so that a command for it may have options of its own. */
function parse(argv: readonly string[]): Parsed {
  const own = argv.findIndex((word, index) => ["ssh", "exec"].includes(word) && argv[index - 1] !== "--name");
  const end = own === -1 ? argv.length : own + 2;
  try {
    const { values, positionals } = parseArgs({
      args: argv.slice(0, end),
      allowPositionals: true,
      allowNegative: true,
      options: {
        name: { type: "string", default: "lab" },
        bastion: { type: "boolean", default: true },
        stock: { type: "boolean", default: false },
        suite: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const rest = argv.slice(end);
    return { ...values, words: [...positionals, ...(rest[0] === "--" ? rest.slice(1) : rest)] };
  } catch (error) {
    const [sentence] = (error instanceof Error ? error.message : String(error)).split(". ");
    throw new LabError(`${sentence}. See: npm run lab -- --help`);
  }
}

async function up(count: string, options: Omit<Parsed, "help" | "words">): Promise<number> {
  const { name, bastion, stock, suite } = options;
  if (!/^\d+$/.test(count)) throw new LabError(`"${count}" is not a number of hosts.`);
  if ((await openLabs()).some((lab) => lab.name === name)) {
    throw new LabError(`Lab ${name} is up. Take it down first (npm run lab -- down) or choose another --name.`);
  }
  if (suite !== undefined && !isSuite(suite)) {
    throw new LabError(`There is no suite ${suite}; there are ${suites.join(", ")}.`);
  }
  const lab = await startLab({ hosts: Number(count), name, bastion, stock, owned: false, ...(suite && { suite }) });
  const option = name === "lab" ? "" : ` --name ${name}`;
  print(`Up: ${[...lab.hosts, ...(lab.bastion ? [lab.bastion] : [])].map((machine) => machine.name).join(", ")}

  ssh_config   ${lab.sshConfig}
  key          ${lab.key}

Next:
  npm run lab --${option} ssh h1 systemctl status
  ssh -F ${lab.trustingSshConfig} root-h1
  npm run lab --${option} down`);
  return 0;
}

async function status(): Promise<number> {
  const labs = await openLabs();
  if (labs.length === 0) print("No lab is up. Start one: npm run lab -- up 3");
  const rows = labs.flatMap((lab) =>
    [...lab.hosts, ...(lab.bastion ? [lab.bastion] : [])].map((machine) => [
      lab.name,
      machine.name,
      lab.isOn(machine.name) ? "on" : "off",
      machine.address,
      machine.privateAddress,
      lab.directory,
    ]),
  );
  if (rows.length > 0) print(table([["lab", "machine", "power", "public", "private", "directory"], ...rows]));
  return 0;
}

function table(rows: readonly (readonly string[])[]): string {
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(width(column)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

async function ssh(lab: Lab, alias: string, words: readonly string[]): Promise<number> {
  const child = spawn("ssh", ["-F", lab.trustingSshConfig, alias, ...words], { stdio: "inherit" });
  process.on("SIGINT", ignore); // the terminal sends Ctrl-C to ssh as well, and ssh decides
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      process.off("SIGINT", ignore);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

function ignore(): void {
  // nothing
}

async function exec(lab: Lab, machine: string, words: readonly string[]): Promise<number> {
  if (words.length === 0) throw new LabError(`Which command? npm run lab -- exec ${machine} COMMAND…`);
  const { code, stdout, stderr } = await lab.exec(machine, words.join(" "));
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return code;
}

async function find(name: string): Promise<Lab> {
  const labs = await openLabs();
  const [lab, another] = labs.filter((candidate) => candidate.name === name);
  if (lab === undefined) throw new LabError(`No lab ${name} is up. Start it: npm run lab -- up 3`);
  if (another !== undefined) throw new LabError(`Several labs are called ${name}; see: npm run lab -- status`);
  return lab;
}

function needed(machine: string | undefined): string {
  if (machine === undefined) throw new LabError("Which machine? For example h1; see: npm run lab -- status");
  return machine;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
