import { defaultPrefix } from "../config/app.ts";
import type { WrittenConfig, WrittenSettings } from "../config/define.ts";
import { show } from "../config/path.ts";
import { takeConfigFlag } from "../config/ssh.ts";
import { didYouMean } from "../config/suggest.ts";
import { UserError } from "../errors.ts";
import { makeLayout } from "../model/layout.ts";
import { splitWords } from "../model/shell-words.ts";
import { isVariant, variants } from "../model/variant.ts";
import { deployFlags } from "./deploy-flags.ts";
import type { Intent } from "./intent.ts";
import { valueOf } from "./intent.ts";

/** The stage that the hosts of a `deploy` make up. */
export const deployStage = "production";

/** A value, and what is wrong with it. */
type Read<T> = { readonly value: T; readonly problems: readonly string[] };

/**
 * The config that a command line of `deploy` stands for. Pure.
 *
 * Throws a `UserError` with all that is wrong with its form; whether the values are sound, the config's own check says.
 *
 * @param directory the name of the directory that it is typed in, which names the app.
 */
export function readDeployLine(intent: Intent, directory: string): WrittenConfig {
  const [dist, version, ...hosts] = intent.words;
  const of = (name: string): string | undefined => valueOf(intent, name);
  const app = of("app-name") ?? directory;
  const ssh = readSshFlags(intent.values["ssh-flags"] ?? []);
  const ports = readPorts(intent.pairs["port"] ?? []);
  const env = readEnv(intent.pairs["environment"] ?? []);
  // As koyo takes it.
  const destination = of("destination")?.replace(/(?<=.)\/+$/, "");
  const flags = readExecFlags(of("exec-flags") ?? "", app, destination, of("exec-name") ?? app);
  const problems = [
    ...wordProblems(intent.words),
    ...givenTwice(intent),
    ...[ssh, ports, env, flags].flatMap((each) => each.problems),
  ];
  if (problems.length > 0) throw new UserError(problems);
  const prefix = of("env-var-prefix");
  const user = of("user");
  const exec = { name: of("exec-name"), flags: flags.value.flags, user: of("exec-user") ?? user };
  return {
    app: of("app-name"),
    dist,
    version,
    destination,
    ...(Object.values(exec).some((each) => each !== undefined) && { exec }),
    user,
    // As koyo has it: the user of the service may own its files.
    ...(exec.user !== undefined && { appCanActAsDeployer: true }),
    group: of("group"),
    ports: ports.value,
    env: env.value,
    envPrefix: prefix === undefined ? undefined : defaultPrefix(prefix),
    ...(intent.switches.has("health-check") && { health: { command: true } }),
    unit: flags.value.unit,
    pre: of("pre-script"),
    post: of("post-script"),
    ...ssh.value,
    stages: { [deployStage]: { hosts } },
  };
}

function wordProblems([dist, version, ...hosts]: readonly string[]): readonly string[] {
  const usage = "bgdeploy deploy <dist> <version> <host…>";
  if (dist === undefined) return [`deploy needs a build, a version and hosts: ${usage}`];
  if (version === undefined) return [`deploy needs a version and hosts after ${show(dist)}: ${usage}`];
  if (hosts.length === 0) return [`deploy needs a host after ${show(dist)} and ${show(version)}: ${usage}`];
  const twice = new Set(hosts.filter((host, index) => hosts.indexOf(host) !== index));
  return [...twice].map((host) => `the host ${show(host)} is given twice`);
}

/** koyo takes each flag once; two values of one flag are a slip. */
function givenTwice({ values }: Intent): readonly string[] {
  return deployFlags.flatMap(({ name, many }) => {
    const given = new Set(values[name] ?? []);
    return many === true || given.size < 2 ? [] : [`--${name} is given twice: ${[...given].map(show).join(" and ")}`];
  });
}

/** One string of flags, as ssh gets them; its own `-F` is the config's `sshConfig`. A value that is no flag is that file. */
function readSshFlags(texts: readonly string[]): Read<Pick<WrittenSettings, "sshConfig" | "sshFlags">> {
  const readings = texts.map((text) => {
    const { words, problem } = splitWords(text);
    const flags = (words ?? []).map((word) => word.text);
    const [first, second] = flags;
    if (problem !== undefined) return { flags, problems: [`--ssh-flags ${problem}`] };
    if (first === undefined || first.startsWith("-")) return { flags, problems: [] };
    if (second === undefined) return { flags: ["-F", first], problems: [] };
    return { flags, problems: [`--ssh-flags ${show(text)} must start with a flag of ssh, such as -F or -o`] };
  });
  const flags = readings.flatMap((each) => each.flags);
  const { file, rest, isCut } = takeConfigFlag(flags);
  const long = rest.filter((flag) => flag.startsWith("--"));
  return {
    value: { sshConfig: file, ...(rest.length > 0 && { sshFlags: rest }) },
    problems: [
      ...readings.flatMap((each) => each.problems),
      ...(isCut ? ["--ssh-flags: -F needs a file name: --ssh-flags '-F infra/ssh_config'"] : []),
      ...long.map((flag) => `--ssh-flags: unknown ssh flag ${flag}`),
    ],
  };
}

function readPorts(pairs: readonly (readonly [string, string])[]): Read<WrittenSettings["ports"]> {
  const problems = pairs.flatMap(([variant, port]) => {
    if (!isVariant(variant)) {
      return [`-p ${variant} ${port}: the variant is blue or green.${didYouMean(variant, variants)}`];
    }
    const isPort = /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535;
    return isPort ? [] : [`-p ${variant} ${port}: the port must be a whole number from 1 to 65535`];
  });
  const ports = Object.fromEntries(pairs.map(([variant, port]) => [variant, Number(port)]));
  return { value: pairs.length === 0 ? undefined : ports, problems };
}

/** Values are never shown: they may be secret. */
function readEnv(pairs: readonly (readonly [string, string])[]): Read<WrittenSettings["env"]> {
  const names = pairs.map(([name]) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return {
    value: pairs.length === 0 ? undefined : Object.fromEntries(pairs),
    problems: [...twice].map((name) => `-e ${name} is given twice`),
  };
}

/**
 * koyo writes the flags into the unit as they are, where systemd expands `$PORT` and `%i` (systemd.service(5)):
 * with one of those they are kept so; else they are words, and mean what they say.
 */
function readExecFlags(
  text: string,
  app: string,
  destination: string | undefined,
  name: string,
): Read<{ readonly flags: readonly string[] | undefined; readonly unit: WrittenSettings["unit"] }> {
  const { words = [], problem } = splitWords(text);
  const none = { flags: undefined, unit: undefined };
  if (problem !== undefined) return { value: none, problems: [`--exec-flags ${problem}`] };
  if (words.length === 0) return { value: none, problems: [] };
  if (!/[$%]/.test(text)) return { value: { ...none, flags: words.map((word) => word.text) }, problems: [] };
  const program = `${makeLayout(app, destination ?? `/opt/${app}`).currentOf("%i")}/bin/${name}`;
  return { value: { ...none, unit: { Service: { ExecStart: `${program} ${text}` } } }, problems: [] };
}
