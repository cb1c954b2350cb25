import type { EnvValue } from "../model/environment.ts";
import { envProblem, envSizeProblem } from "../model/environment.ts";
import { Secret } from "../model/secret.ts";
import type { EnvTarget } from "./define.ts";
import type { Layer } from "./layers.ts";
import { say, show } from "./path.ts";

type Env = Readonly<Record<string, EnvValue>>;

/** The client's own environment. */
export type ClientEnv = Readonly<Record<string, string | undefined>>;

/** Is every secret to be there? Whoever starts no service can do without. */
export type Need = "needed" | "optional";

/** What the names of our own variables depend on. */
type Own = { readonly prefix: string; readonly listen: "port" | "socket" };

type Entry = {
  readonly name: string;
  readonly value: EnvValue | undefined;
  readonly place: string;
  readonly problem?: string;
};

/** The variables of the service on one host: each from the last layer that names it, secrets from the client's environment. */
export function resolveEnv(
  layers: readonly Layer[],
  about: Own & { readonly target: EnvTarget; readonly client: ClientEnv; readonly secrets: Need },
): { readonly env: Env; readonly problems: readonly string[] } {
  const last = lastSecrets(layers);
  const entries = layers.flatMap((each) => [
    ...plainEntries(each, about.target),
    ...(each === last ? secretEntries(each, about.client) : []),
  ]);
  const kept = [...new Map(entries.map((entry) => [entry.name, entry])).values()];
  const env = Object.fromEntries(
    kept.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])),
  );
  const size = envSizeProblem(env);
  const problems = [
    ...kept.flatMap((entry) => entryProblems(entry, about)),
    ...(about.secrets === "needed" ? missingSecrets(kept.filter(({ name }) => !ownNames(about).has(name))) : []),
    ...(last === undefined ? [] : namedTwice(last)),
    ...(size === undefined ? [] : [say("env", size)]),
  ];
  return { env, problems };
}

function plainEntries({ settings, place }: Layer, target: EnvTarget): readonly Entry[] {
  return Object.entries(settings.env ?? {}).map(([name, written]) => {
    const entry = { name, place: place("env", name), value: undefined };
    if (typeof written !== "function") return { ...entry, value: written };
    try {
      const value: unknown = written(target);
      return typeof value === "string"
        ? { ...entry, value }
        : { ...entry, problem: `the function returned ${kindOf(value)}, not a string` };
    } catch (error) {
      return { ...entry, problem: `the function threw: ${error instanceof Error ? error.message : show(error)}` };
    }
  });
}

/** Unset and empty are one: a CI gives a secret that it does not know as an empty string. */
function secretEntries({ settings, place }: Layer, client: ClientEnv): readonly Entry[] {
  return (settings.secrets ?? []).map((name) => {
    const value = client[name];
    return {
      name,
      place: place("secrets"),
      value: value === undefined || value === "" ? undefined : new Secret(value),
    };
  });
}

function entryProblems({ name, value, place, problem }: Entry, about: Own): readonly string[] {
  if (problem !== undefined) return [say(place, problem)];
  const own = ownNames(about).get(name);
  if (own !== undefined) return [say(place, `bgdeploy sets ${name} itself${own}`)];
  const invalid = value === undefined ? undefined : envProblem(name, value);
  return invalid === undefined ? [] : [say(place, value instanceof Secret ? `${name} ${invalid}` : invalid)];
}

/** What bgdeploy writes into every environment file, and what to write in the config instead. */
function ownNames({ prefix, listen }: Own): ReadonlyMap<string, string> {
  const ports = listen === "port" ? ". Write ports instead" : "";
  const socket = listen === "socket" ? ([["SOCKET", ""]] as const) : [];
  const names = [
    ["HOST", ""],
    ["PORT", ports],
    ["PLTUSERHOME", ""],
  ] as const;
  const prefixed = [
    ["HTTP_HOST", ""],
    ["HTTP_PORT", ports],
    ["VARIANT", ""],
  ] as const;
  const all = [...names, ...socket, ...prefixed.map(([name, instead]) => [`${prefix}_${name}`, instead] as const)];
  return new Map(all);
}

function missingSecrets(entries: readonly Entry[]): readonly string[] {
  const missing = entries.filter((entry) => entry.value === undefined && entry.problem === undefined);
  const [first] = missing;
  if (first === undefined) return [];
  const names = missing.map((entry) => entry.name).join(", ");
  return [
    say(
      first.place,
      `not set in this environment, or empty: ${names}. Export ${missing.length === 1 ? "it" : "them"} and run again`,
    ),
  ];
}

function lastSecrets(layers: readonly Layer[]): Layer | undefined {
  return layers.findLast(({ settings }) => settings.secrets !== undefined);
}

function namedTwice({ settings, place }: Layer): readonly string[] {
  const both = (settings.secrets ?? []).filter((name) => settings.env?.[name] !== undefined);
  return both.map((name) => say(place("secrets"), `${name} is also set in env. Keep only one`));
}

function kindOf(value: unknown): string {
  if (value instanceof Promise) return "a promise";
  return value === undefined || value === null ? String(value) : `a ${typeof value}`;
}
