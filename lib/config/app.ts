import type { App, UnitDirectives } from "../model/app.ts";
import { parseDuration } from "../model/duration.ts";
import { hideSecretHeaders } from "../model/header.ts";
import { usualNginx } from "../model/nginx.ts";
import type { WrittenSettings } from "./define.ts";
import type { ClientEnv, Need } from "./environment.ts";
import { resolveEnv } from "./environment.ts";
import type { Layer } from "./layers.ts";
import { pick } from "./layers.ts";
import { nameProblem, userProblem } from "./names.ts";
import { say } from "./path.ts";

export type About = {
  readonly host: string;
  readonly stage: string;
  /** The config's directory, which names the app when nobody else does. */
  readonly directory: string;
  readonly client: ClientEnv;
  readonly secrets: Need;
  /** Makes a path from the config absolute. */
  readonly resolve: (path: string) => string;
};

/** The app on one host: the layers' settings over the defaults. */
export function resolveApp(
  layers: readonly Layer[],
  about: About,
): { readonly app: App; readonly problems: readonly string[] } {
  const read = <Key extends keyof WrittenSettings>(key: Key): WrittenSettings[Key] => pick(layers, key)?.value;
  const name = read("app") ?? directoryName(about.directory);
  const health = read("health") ?? {};
  const exec = read("exec") ?? {};
  const prune = read("prune") ?? {};
  const envPrefix = read("envPrefix") ?? defaultPrefix(name);
  const listen = read("listen") ?? "port";
  const target = { host: about.host, stage: about.stage, app: name };
  const { env, problems } = resolveEnv(layers, {
    target,
    prefix: envPrefix,
    listen,
    client: about.client,
    secrets: about.secrets,
  });
  const app: App = {
    name,
    dist: about.resolve(read("dist") ?? "dist"),
    destination: read("destination") ?? `/opt/${name}`,
    exec: { name: exec.name ?? name, flags: exec.flags ?? [], user: exec.user ?? name },
    user: read("user"),
    appCanActAsDeployer: read("appCanActAsDeployer") ?? false,
    group: read("group") ?? "www-data",
    ports: { blue: read("ports")?.blue ?? 8001, green: read("ports")?.green ?? 8002 },
    listen,
    envPrefix,
    env,
    secrets: read("secrets") ?? [],
    health: {
      command: health.command ?? false,
      http: health.http,
      host: health.host,
      headers: hideSecretHeaders(health.headers ?? {}),
      expect: health.expect ?? 200,
      timeout: milliseconds(health.timeout ?? "30s"),
      interval: milliseconds(health.interval ?? "250ms"),
      settle: health.settle === undefined ? undefined : milliseconds(health.settle),
    },
    drainTimeout: milliseconds(read("drain")?.timeout ?? "30s"),
    drainSignal: read("drain")?.signal ?? "last",
    prune: {
      olderThan:
        prune.olderThan === undefined && prune.keep !== undefined ? undefined : milliseconds(prune.olderThan ?? "30d"),
      keep: prune.keep,
    },
    keepPrevious: read("keepPrevious") ?? "stopped",
    unit: mergeUnits(layers),
    sandbox: read("sandbox") ?? true,
    state: read("state") ?? false,
    cache: read("cache") ?? false,
    logs: read("logs") ?? false,
    runtime: read("runtime") ?? false,
    writable: read("writable") ?? false,
    strict: read("strict") ?? false,
    nginx: {
      unit: read("nginx")?.unit ?? usualNginx.unit,
      binary: read("nginx")?.binary ?? usualNginx.binary,
      config: read("nginx")?.config ?? usualNginx.config,
    },
    domain: read("domain"),
    site: {
      frameOptions: read("site")?.frameOptions ?? "DENY",
      xssProtection: read("site")?.xssProtection ?? "1; mode=block",
    },
  };
  const found = [...nameProblems(layers, app), ...portProblems(layers, app), ...trustProblems(layers, app)];
  return { app, problems: [...found, ...problems] };
}

/** `link-shortener` gives `LINK_SHORTENER`; a name that starts with a digit gets a `_` before it. */
export function defaultPrefix(app: string): string {
  return app
    .toUpperCase()
    .replaceAll("-", "_")
    .replace(/^(?=\d)/, "_");
}

/** The defaults that come of another name must be sound as well. */
function nameProblems(layers: readonly Layer[], { name, exec }: App): readonly string[] {
  const asName = pick(layers, "app") === undefined ? nameProblem(name) : undefined;
  if (asName !== undefined)
    return [`app: the default, the name of the config's directory, is not valid: ${asName}. Write app: "…"`];
  const asUser = pick(layers, "exec")?.value?.user === undefined ? userProblem(exec.user) : undefined;
  if (asUser === undefined) return [];
  return [`exec.user: the default, the app's name, is not valid: ${asUser}. Write exec: { user: "…" }`];
}

/** What is known here of who could change what whoever deploys runs; who that is, ssh says later. */
function trustProblems(layers: readonly Layer[], app: App): readonly string[] {
  if (app.appCanActAsDeployer) return [];
  const place = (key: "exec" | "writable"): string => pick(layers, key)?.place ?? key;
  const accept = "or accept that the app can act as the deploy user: appCanActAsDeployer: true";
  return [
    ...(app.exec.user === "root"
      ? [say(`${place("exec")}.user`, `the app would run as root. Give it a user of its own, ${accept}`)]
      : []),
    ...(app.exec.user === app.user && app.user !== "root"
      ? [
          say(
            `${place("exec")}.user`,
            `${app.user} would run the app and own the files that the deploy user executes. Leave \`user\` out, ${accept}`,
          ),
        ]
      : []),
    ...(app.writable
      ? [
          say(
            place("writable"),
            `the app could change files that hooks and health checks execute. Give it a directory of its own with \`state: true\` or \`cache: true\`, ${accept}`,
          ),
        ]
      : []),
  ];
}

function portProblems(layers: readonly Layer[], { ports }: App): readonly string[] {
  if (ports.blue !== ports.green) return [];
  return [
    say(
      pick(layers, "ports")?.place ?? "ports",
      `blue and green are both ${ports.blue}, but both run during a deploy. Use two different ports`,
    ),
  ];
}

/** Sections are merged, and in them the directives: the last layer that has one has it all. */
function mergeUnits(layers: readonly Layer[]): UnitDirectives {
  const units = layers.flatMap(({ settings }) => (settings.unit === undefined ? [] : [settings.unit]));
  const sections = new Set(units.flatMap((unit) => Object.keys(unit)));
  return Object.fromEntries(
    [...sections].map((section) => {
      const directives = units.flatMap((unit) => Object.entries(unit[section] ?? {}));
      return [section, Object.fromEntries(directives)];
    }),
  );
}

function directoryName(directory: string): string {
  return directory.split("/").findLast((part) => part !== "") ?? "";
}

/** Only for durations that were read as sound. */
function milliseconds(text: string): number {
  return parseDuration(text) ?? 0;
}
