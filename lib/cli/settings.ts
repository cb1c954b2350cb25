import type { Config, ConfiguredHost } from "../config/resolved.ts";
import type { Sources } from "../config/sources.ts";
import type { Hook } from "../model/hook.ts";
import { showDuration } from "../model/duration.ts";
import { Secret, looksSecret } from "../model/secret.ts";
import type { AnswerBody } from "../report/answers.ts";
import { tasksOf } from "./stage.ts";

export type Setting = AnswerBody<"config">["stages"][number]["settings"][number];

type Value = Setting["value"] | Secret | undefined;

/** What is the same on every host of a stage. */
export function settingsOf(config: Config, show: boolean): readonly Setting[] {
  const [{ app, sources }] = config.hosts;
  const { rolling, ssh } = config;
  const { health } = app;
  const settings: readonly (readonly [string, Value])[] = [
    ["app", app.name],
    ["dist", app.dist],
    ["version", config.version],
    ["destination", app.destination],
    ["exec.name", app.exec.name],
    ["exec.flags", app.exec.flags],
    ["exec.user", app.exec.user],
    ["user", app.user],
    ["group", app.group],
    ["appCanActAsDeployer", app.appCanActAsDeployer],
    ["listen", app.listen],
    ["envPrefix", app.envPrefix],
    ["secrets", app.secrets],
    ["health.command", health.command],
    ["health.http", health.http],
    ["health.host", health.host],
    ...Object.entries(health.headers).map(([name, value]) => [`health.headers.${name}`, value] as const),
    ["health.expect", health.expect],
    ["health.timeout", showDuration(health.timeout)],
    ["health.interval", showDuration(health.interval)],
    ["health.settle", duration(health.settle)],
    ["drain.timeout", showDuration(app.drainTimeout)],
    ["drain.signal", app.drainSignal],
    ["prune.olderThan", duration(app.prune.olderThan)],
    ["prune.keep", app.prune.keep],
    ["rolling.batch", rolling && batchText(rolling.batch)],
    ["rolling.pause", duration(rolling?.pause)],
    ["rolling.maxFailures", rolling?.maxFailures],
    ["keepPrevious", app.keepPrevious],
    ...Object.entries(app.unit).flatMap(([section, directives]) =>
      Object.entries(directives).map(([name, value]) => [`unit.${section}.${name}`, value] as const),
    ),
    ["sandbox", app.sandbox],
    ["state", app.state],
    ["cache", app.cache],
    ["logs", app.logs],
    ["runtime", app.runtime],
    ["writable", app.writable],
    ["strict", app.strict],
    ["nginx.unit", app.nginx.unit],
    ["nginx.binary", app.nginx.binary],
    ["nginx.config", app.nginx.config],
    ["domain", app.domain],
    ["site.frameOptions", app.site.frameOptions],
    ["site.xssProtection", app.site.xssProtection],
    ["url", config.url],
    ["pre", scriptText(config.pre)],
    ["post", scriptText(config.post)],
    ["sshConfig", ssh.configFile],
    ["sshFlags", ssh.flags],
    ["knownHosts", ssh.knownHosts],
    ["tasks", tasksOf(config).map(({ name }) => name)],
  ];
  return settings.map(([key, value]) => setting(key, value, sources, show));
}

/** What a host may say for itself. */
export function hostSettings({ app, sources }: ConfiguredHost, show: boolean): readonly Setting[] {
  const names = [...new Set([...Object.keys(app.env), ...app.secrets])];
  return [
    setting("ports.blue", app.ports.blue, sources, show),
    setting("ports.green", app.ports.green, sources, show),
    // A secret that is not set here has no value to show either.
    ...names.map((name) => setting(`env.${name}`, app.env[name] ?? new Secret(""), sources, show)),
  ];
}

function setting(key: string, value: Value, sources: Sources, show: boolean): Setting {
  const place = sources.get(key) ?? (key.startsWith("health.headers.") ? sources.get("health.headers") : undefined);
  const from = place === undefined ? "default" : fromOf(place);
  const isHidden = value instanceof Secret || (!show && isDoubtful(key, value));
  return { key, value: isHidden ? null : (value ?? null), hidden: isHidden, from };
}

/** Might it be secret, though nobody said so? Names of variables and headers tell, and the form of any value. */
function isDoubtful(key: string, value: Exclude<Value, Secret>): boolean {
  const texts = typeof value === "string" ? [value] : typeof value === "object" ? (value ?? []) : [];
  const [, name = ""] = /^(?:env|health\.headers|unit\.\w+)\.(.*)$/.exec(key) ?? [];
  return /^(authorization|cookie)$/i.test(name) || texts.some((text) => looksSecret(name, text));
}

function fromOf(place: string): Setting["from"] {
  if (!place.startsWith("stages")) return "top";
  return /\.hosts\[\d+\]/.test(place) ? "host" : "stage";
}

function duration(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : showDuration(milliseconds);
}

function batchText(batch: NonNullable<Config["rolling"]>["batch"]): string {
  return "hosts" in batch ? String(batch.hosts) : `${Math.round(batch.share * 100)}%`;
}

function scriptText(script: Hook | string | undefined): string | undefined {
  return typeof script === "object" ? `hook ${script.name}` : script;
}
