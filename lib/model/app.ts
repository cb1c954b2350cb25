import type { Nginx } from "./nginx.ts";
import type { Headers } from "./header.ts";
import type { Secret } from "./secret.ts";
import type { Variant } from "./variant.ts";

/** How a started variant is found healthy. All given checks must pass; with none, its port must accept a connection. */
export type Health = {
  /** Run `<bin> -c PORT` (or `-c SOCKET`) on the host, as the ssh user, or as the service's where that is root; exit 0 is healthy. */
  readonly command: boolean;
  /** Path of an HTTP request to the idle variant, for example `/healthz`. */
  readonly http: string | undefined;
  /** The `Host` that `http` asks for; `undefined`: the domain, of a wildcard `www.` below it, else `localhost`. */
  readonly host: string | undefined;
  /** Further headers of that request. */
  readonly headers: Headers;
  /** The status that `http` must answer with. */
  readonly expect: number;
  /** Milliseconds until the variant must be healthy. */
  readonly timeout: number;
  /** Milliseconds that it must have run without a crash, counted from its start. `undefined`: as usual for what is done. */
  readonly settle: number | undefined;
  /** Milliseconds between two tries. */
  readonly interval: number;
};

/** Which old releases go: those older than `olderThan` (milliseconds), and all but the newest `keep`. */
export type PrunePolicy = { readonly olderThan: number | undefined; readonly keep: number | undefined };

/** Directives added to the unit, by section: `{ Service: { MemoryMax: "1G" } }`. A list gives the directive several times. */
export type UnitDirectives = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** The settings of one app on one host: what the user wrote, checked, with nothing left open. */
export type App = {
  readonly name: string;
  /** Absolute path of the build on this machine. */
  readonly dist: string;
  /** Absolute path on the host, for example `/opt/link-shortener`. */
  readonly destination: string;
  readonly exec: { readonly name: string; readonly flags: readonly string[]; readonly user: string };
  /** Owns the files of releases where root deploys; `undefined`: whoever deploys, as everywhere else. */
  readonly user: string | undefined;
  /** May the app own or write what whoever deploys runs? It can then do all that they can. */
  readonly appCanActAsDeployer: boolean;
  /** The service's, by which it reads its files. */
  readonly group: string;
  readonly ports: Readonly<Record<Variant, number>>;
  /** Does a variant listen on its port, or on a unix socket? */
  readonly listen: "port" | "socket";
  readonly envPrefix: string;
  readonly env: Readonly<Record<string, string | Secret>>;
  /** Names of the variables that come from the client's environment; where that lacks one, `env` has no value for it. */
  readonly secrets: readonly string[];
  readonly health: Health;
  /** Milliseconds that old connections get to end before the old variant is stopped all the same. */
  readonly drainTimeout: number;
  /** When the old variant is told to end: behind its last connection, or as soon as no new request can reach it. */
  readonly drainSignal: "last" | "early";
  readonly prune: PrunePolicy;
  /** Does the old variant keep running after the switch? A rollback is then only the switch. */
  readonly keepPrevious: "stopped" | "warm";
  readonly unit: UnitDirectives;
  /** The unit forbids the service what an app seldom needs. */
  readonly sandbox: boolean;
  /** Directories of systemd's that the service may write: /var/lib/<app>, /var/cache/<app>, /var/log/<app>, /run/<app>/<variant>. */
  readonly state: boolean;
  readonly cache: boolean;
  readonly logs: boolean;
  readonly runtime: boolean;
  /** The service may write into its release: uploads then share no files between releases. */
  readonly writable: boolean;
  /** Is the host's helper, which is root's, all that who deploys may run with sudo? */
  readonly strict: boolean;
  /** The nginx of the host. */
  readonly nginx: Nginx;
  /** The name that the vhost answers to. */
  readonly domain: string | undefined;
  /** The vhost's `X-Frame-Options` and `X-XSS-Protection`; `false`: none. */
  readonly site: { readonly frameOptions: string | false; readonly xssProtection: string | false };
};

/** What may be secret among an app's settings, to be masked in what is printed. */
export function hiddenIn({ env, health }: App): readonly (string | Secret)[] {
  return [...Object.values(env), ...Object.values(health.headers)];
}
