import type { Headers } from "../model/header.ts";
import { checkHeaderProblem, hostHeaderProblem } from "../model/header.ts";
import { Secret } from "../model/secret.ts";
import type { EnvTarget, WrittenSettings, WrittenStage } from "./define.ts";
import { destinationProblem } from "./destination.ts";
import { sshName } from "./host-name.ts";
import { batchSize, duration, flag, hookOrScript, integer, oneOf, tasks, text } from "./kinds.ts";
import {
  domainProblem,
  envNameProblem,
  httpPathProblem,
  lineProblem,
  nameProblem,
  nginxBinaryProblem,
  nginxConfigProblem,
  nginxUnitProblem,
  urlProblem,
  userProblem,
  versionProblem,
} from "./names.ts";
import { at, say, show } from "./path.ts";
import type { Reader } from "./read.ts";
import { dictionary, isObject, list, object, sound, unsound } from "./read.ts";
import { unit } from "./unit.ts";
import { foreignKeys } from "./foreign-keys.ts";

/** Fails to compile when a key of the types has no reader here. */
type Readers<T> = { readonly [Key in keyof T]-?: Reader<NonNullable<T[Key]>> };

/** A host of a stage, and its place in the config. */
export type HostEntry = Exclude<WrittenStage["hosts"][number], string> & { readonly path: string };

const user = text("a user name", userProblem);
const port = integer(1, 65_535);
const ports = object({ blue: port, green: port });
const sshFlag = text("a flag", (given) => lineProblem(given) ?? twoWords(given));

/** Values are never shown: they may be secret. */
const envValue: Reader<string | ((target: EnvTarget) => string)> = (given, path) => {
  if (typeof given === "string" || isEnvFunction(given)) return sound(given);
  return unsound(path, `expected a string or a function, found ${given === null ? "null" : `a ${typeof given}`}`);
};

const env = dictionary(envValue, "variables", envNameProblem);

/** Values are never shown: they may be secret. */
const checkHeaders: Reader<Headers> = (given, path) => {
  if (!isObject(given)) return unsound(path, `expected an object of headers, found ${show(given)}`);
  const entries = Object.entries(given).filter(([, each]) => each !== undefined);
  const headers = entries.flatMap(([name, each]) =>
    typeof each === "string" || each instanceof Secret ? [[name, each] as const] : [],
  );
  const problems = entries.flatMap(([name, each]) => {
    const sentence = checkHeaderProblem(name, each);
    return sentence === undefined ? [] : [say(at(path, name), sentence)];
  });
  return { value: Object.fromEntries(headers), problems };
};

const readers: Readers<WrittenSettings> = {
  app: text("a name", nameProblem),
  dist: text("a path", lineProblem),
  version: text("a version", versionProblem),
  destination: text("an absolute path", destinationProblem),
  exec: object({ name: text("a name", nameProblem), flags: list(text("an argument", lineProblem), "arguments"), user }),
  user,
  appCanActAsDeployer: flag,
  group: text("a group name", userProblem),
  ports,
  listen: oneOf(["port", "socket"]),
  env,
  envPrefix: text("a name", envNameProblem),
  secrets: list(text("the name of a variable", envNameProblem), "names of variables"),
  health: object({
    command: flag,
    http: text("a path", httpPathProblem),
    host: text("a host name", hostHeaderProblem),
    headers: checkHeaders,
    expect: integer(100, 599),
    timeout: duration(1),
    interval: duration(1),
    settle: duration(0),
  }),
  drain: object({ timeout: duration(0), signal: oneOf(["last", "early"]) }),
  prune: object({ olderThan: duration(0), keep: integer(1, Infinity) }),
  rolling: object({ batch: batchSize, pause: duration(0), maxFailures: integer(0, Infinity) }),
  keepPrevious: oneOf(["stopped", "warm"]),
  unit,
  sandbox: flag,
  state: flag,
  cache: flag,
  logs: flag,
  runtime: flag,
  writable: flag,
  strict: flag,
  nginx: object({
    unit: text("the name of a unit", nginxUnitProblem),
    binary: text("a program", nginxBinaryProblem),
    config: text("an absolute path", nginxConfigProblem),
  }),
  domain: text("a domain name", domainProblem),
  site: object({
    frameOptions: oneOf(["DENY", "SAMEORIGIN", false]),
    xssProtection: oneOf(["1; mode=block", "0", false]),
  }),
  url: text("a URL", urlProblem),
  pre: hookOrScript,
  post: hookOrScript,
  sshConfig: text("a path", lineProblem),
  sshFlags: list(sshFlag, "flags"),
  knownHosts: text("a path", lineProblem),
  tasks,
};

const hostEntry = object({ name: text("a host name"), roles: list(text("a role"), "roles"), env, ports });

const host: Reader<HostEntry> = (given, path) => {
  if (!isObject(given)) {
    const { value, problems } = text("a host name, a glob or { name, … }")(given, path);
    return { value: value === undefined ? undefined : { path, name: sshName(value) }, problems };
  }
  const { value, problems } = hostEntry(given, path);
  if (value?.name !== undefined) return { value: { ...value, path, name: sshName(value.name) }, problems };
  return Object.hasOwn(given, "name") ? { value: undefined, problems } : unsound(path, "has no name");
};

const stageKeys = object(
  { ...readers, hosts: list(host, "hosts") },
  { ...foreignKeys, stages: "stages cannot be nested" },
);

const stage: typeof stageKeys = (given, path) => {
  const { value, problems } = stageKeys(given, path);
  if (!isObject(given) || (Array.isArray(given["hosts"]) && given["hosts"].length > 0)) return { value, problems };
  const isMissing = given["hosts"] === undefined || Array.isArray(given["hosts"]);
  const missing = `${at(path, "hosts")}: needs at least one host. Write hosts: ["shop.example"]`;
  return { value, problems: isMissing ? [...problems, missing] : problems };
};

const hostsInStages = "hosts belong to a stage: stages: { production: { hosts: […] } }";

const readTop = object(
  { ...readers, stages: dictionary(stage, "stages", nameProblem) },
  { ...foreignKeys, host: hostsInStages, hosts: hostsInStages },
);

/** A config whose unsound parts were left out, so that the rest can still be checked. */
export type SoundConfig = NonNullable<ReturnType<typeof readTop>["value"]>;

/** Reads what a config exports by default. */
export const readSettings: Reader<SoundConfig> = (given, path) => {
  const reading = readTop(given, path);
  const stages = isObject(given) ? given["stages"] : undefined;
  const isMissing = isObject(given) && (stages === undefined || isObject(stages)) && stageNames(given).length === 0;
  const missing = isMissing
    ? ['stages: needs at least one stage. Write stages: { production: { hosts: ["shop.example"] } }']
    : [];
  return { value: reading.value, problems: [...reading.problems, ...missing] };
};

/** The names of the stages, whatever else may be wrong. */
export function stageNames(written: unknown): readonly string[] {
  const stages = isObject(written) ? written["stages"] : undefined;
  return isObject(stages) ? Object.keys(stages).filter((name) => stages[name] !== undefined) : [];
}

function isEnvFunction(given: unknown): given is (target: EnvTarget) => string {
  return typeof given === "function";
}

/** ssh reads `"-F file"` as a file whose name starts with a space. */
function twoWords(given: string): string | undefined {
  const match = /^(-[A-Za-z])\s+(.+)$/.exec(given);
  return match ? `${show(given)} contains two arguments. Write ${show(match[1])}, ${show(match[2])}` : undefined;
}
