import type { Duration } from "../model/duration.ts";
import type { Headers } from "../model/header.ts";
import type { Hook } from "../model/hook.ts";
import type { Nginx } from "../model/nginx.ts";
import type { Tasks } from "../model/task.ts";
import type { Variant } from "../model/variant.ts";

/** Every key may be left out, or be `undefined`. */
type Optional<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/**
 * What an `env` function is told: the names of the host (as ssh knows it), the stage and the app.
 *
 * Not the variant: values are worked out before any host is asked which one serves. The app itself reads it from
 * `<PREFIX>_VARIANT`.
 */
export type EnvTarget = { readonly host: string; readonly stage: string; readonly app: string };

/** Variables of the service. A function is called once for each host. */
export type WrittenEnv = Readonly<Record<string, string | ((target: EnvTarget) => string) | undefined>>;

export type WrittenPorts = Optional<Record<Variant, number>>;

/** One host: what one would type after `ssh`, or a glob (`prod-*`, `web?`) over the names in the ssh_config. */
export type WrittenHost = string | ({ readonly name: string } & Optional<HostSettings>);

/** What a stage may say differently from the top, which is everything but `stages`. */
export type WrittenSettings = Optional<Settings>;

export type WrittenStage = WrittenSettings & {
  /** The stage's hosts. @example ["prod-*", { name: "staging", ports: { blue: 9001 } }] */
  readonly hosts: readonly WrittenHost[];
};

/** What a user may write in `deploy.config.ts`. Options given to a task win over a host's, then its stage's, then these. */
export type WrittenConfig = WrittenSettings & {
  /** Named hosts, with what differs there. @example { production: { hosts: ["prod-*"] }, staging: { hosts: ["staging"] } } */
  readonly stages: Readonly<Record<string, WrittenStage>>;
};

/**
 * Gives the editor the types of the config; returns it as it is.
 *
 * @example export default defineConfig({ app: "shop", stages: { production: { hosts: ["shop.example"] } } });
 */
export function defineConfig(config: WrittenConfig): WrittenConfig {
  return config;
}

type HostSettings = {
  /** What the host is for; hooks read it as `target.host.roles`. Default: `[]`. @example ["web"] */
  readonly roles: readonly string[];
  /** Variables on this host; merged into the stage's and the top's, key by key. */
  readonly env: WrittenEnv;
  /** Ports on this host. @example { blue: 9001, green: 9002 } */
  readonly ports: WrittenPorts;
};

type Settings = {
  /** The app's name: letters, digits, `_` and `-`. Default: the name of the config's directory. @example "link-shortener" */
  readonly app: string;
  /** The build to upload, from the config's directory. Default: `"dist"`. @example "build/release" */
  readonly dist: string;
  /** Version of the release. Default: `git describe --tags --always --dirty`, else package.json's version. @example "v1.0" */
  readonly version: string;
  /** Where the app lives on the host, an absolute path. Default: `/opt/<app>`. @example "/srv/shop" */
  readonly destination: string;
  /** How the service is started. */
  readonly exec: Optional<Exec>;
  /** Owner of the releases' files, where the ssh user is root. Default: whoever deploys. Another one needs `appCanActAsDeployer`. */
  readonly user: string;
  /**
   * Accepts that the app can act as whoever deploys: as root where root deploys, else with the ssh user's sudo rules.
   *
   * Needed where the service's user owns or writes what bgdeploy, hooks or health checks execute: `exec.user` is the ssh
   * user, root or `user`; files belong to another `user` than root; or the release is `writable`. Default: `false`.
   */
  readonly appCanActAsDeployer: boolean;
  /** Group of the files, by which the service reads them. Default: `"www-data"`. */
  readonly group: string;
  /** Ports on the host's loopback, 1 to 65535. Default: `{ blue: 8001, green: 8002 }`. */
  readonly ports: WrittenPorts;
  /**
   * Where the app listens: on a port, which any user of the host can take while nothing listens there, or on a unix socket
   * that only the app can create and only `group` can connect to; the app reads its path from SOCKET. Default: `"port"`.
   */
  readonly listen: "port" | "socket";
  /**
   * Variables of the service: strings, or functions of host, stage and app. Stage and host merge theirs in, key by key.
   * @example { LOG_LEVEL: "info", NODE_NAME: ({ host }) => host }
   */
  readonly env: WrittenEnv;
  /** Starts the names that bgdeploy sets: `<PREFIX>_HTTP_PORT`. Default: the app's name, as `LINK_SHORTENER`. */
  readonly envPrefix: string;
  /** Names of variables that are taken from your environment and never shown. Default: `[]`. @example ["DATABASE_URL"] */
  readonly secrets: readonly string[];
  /** When a started variant counts as healthy. Default: `{}`, its port accepts a connection. */
  readonly health: Optional<HealthSettings>;
  /** The old variant's end. */
  readonly drain: Optional<DrainSettings>;
  /** Which old releases are deleted after a deploy. Default: `{ olderThan: "30d" }`. @example { keep: 5 } */
  readonly prune: Optional<PruneSettings>;
  /**
   * Waves instead of all hosts at once: `batch` hosts (a number, or a share of all) at a time, with `pause` (default
   * `"0s"`) between them, until more than `maxFailures` (default 0) hosts have failed. Default: none, all or nothing.
   * @example { batch: "25%", pause: "10s", maxFailures: 1 }
   */
  readonly rolling: Optional<RollingSettings>;
  /**
   * What becomes of the old variant: `"stopped"`, or `"warm"`: it keeps running, so that a rollback is only the switch.
   * Default: `"stopped"`.
   */
  readonly keepPrevious: "stopped" | "warm";
  /**
   * Directives added to the systemd unit, by section; a list gives one several times. They replace ours, but paths,
   * capabilities, address families and system calls are added to ours. Default: `{}`.
   * @example { Service: { MemoryMax: "1G", ReadWritePaths: "/srv/uploads" } }
   */
  readonly unit: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /**
   * The unit sandboxes the service: it sees no home directory, writes only to the directories that it is given, and gains
   * no rights. `unit` opens single things; `false` turns all of it off. Default: `true`.
   */
  readonly sandbox: boolean;
  /** A directory for the app's data, /var/lib/<app>, shared by both variants; the app reads it from STATE_DIRECTORY. Default: `false`. */
  readonly state: boolean;
  /** The same for what can be rebuilt: /var/cache/<app>, in CACHE_DIRECTORY. Default: `false`. */
  readonly cache: boolean;
  /** The same for log files: /var/log/<app>, in LOGS_DIRECTORY. What the app prints needs none. Default: `false`. */
  readonly logs: boolean;
  /** A directory for each variant while it runs: /run/<app>/<variant>, in RUNTIME_DIRECTORY. Default: `false`. */
  readonly runtime: boolean;
  /**
   * The service writes into its own release: uploads then share no files between releases, and `appCanActAsDeployer` is
   * needed. Default: `false`.
   */
  readonly writable: boolean;
  /**
   * The deploy user may run only one program with sudo: a helper with fixed verbs, which `setup` installs. Root then owns
   * everything that root reads, and only `setup` writes the unit. What `unit` adds can undo this. Default: `false`: the rules
   * that `bgdeploy sudoers` prints, one of which equals root.
   */
  readonly strict: boolean;
  /**
   * The nginx of the hosts, where it is not Debian's: the systemd unit, the program that tests its configuration, and the
   * directory that its nginx.conf stands in. Default: `{ unit: "nginx", binary: "nginx", config: "/etc/nginx" }`.
   * @example { unit: "openresty", binary: "/usr/local/openresty/bin/openresty", config: "/usr/local/openresty/nginx/conf" }
   */
  readonly nginx: Optional<Nginx>;
  /** The name that the nginx virtual host answers to. Default: none, it answers to all. @example "shop.example" */
  readonly domain: string;
  /** Headers of the nginx virtual host. */
  readonly site: Optional<SiteSettings>;
  /** Where the app answers, for `bgdeploy open`. Default: the domain, else the first host. @example "https://shop.example" */
  readonly url: string;
  /** Runs after the new variant's files are installed, before it starts: a hook, or a bash script's path. Not with `tasks`. */
  readonly pre: Hook | string;
  /** Runs once the new variant is live, before old releases go: a hook, or a bash script's path. Not with `tasks`. */
  readonly post: Hook | string;
  /** An ssh_config, from the config's directory. Default: ssh's own. @example "infra/ssh_config" */
  readonly sshConfig: string;
  /** Flags for every ssh and rsync connection. Default: `[]`. @example ["-o", "ConnectTimeout=20"] */
  readonly sshFlags: readonly string[];
  /**
   * The file with the pinned keys of the hosts and their jump hosts, from the config's directory; `bgdeploy doctor <stage>
   * --pin` writes it. No other key is accepted then. Default: ssh's own files. @example "infra/known_hosts"
   */
  readonly knownHosts: string;
  /** What a run does, in order. Default: `deploy()`. @example [deploy(), announce] */
  readonly tasks: Tasks;
};

type Exec = {
  /** The program, `<dist>/bin/<name>`. Default: the app's name. */
  readonly name: string;
  /** Its arguments. Default: `[]`. @example ["--workers", "4"] */
  readonly flags: readonly string[];
  /** Runs the service; must not be the deploy user. Default: the app's name. @example "shop" */
  readonly user: string;
};

type HealthSettings = {
  /** Runs `<bin> -c PORT` on the host; exit 0 is healthy. Default: `false`. */
  readonly command: boolean;
  /** Asks for this path; starts with `/`. Default: none. @example "/healthz" */
  readonly http: string;
  /**
   * The `Host` header of that request, for an app that answers only to its own names. Default: `domain`, of a wildcard `www.`
   * below it; without a domain `localhost`. @example "shop.example"
   */
  readonly host: string;
  /**
   * Further headers of that request: `X-Forwarded-Proto` for an app that redirects http to https. Values are ASCII on one
   * line. A `Secret` is never shown, nor are headers with such names as `Authorization`, `Cookie` or `X-Token`.
   * Default: `{}`. @example { "X-Forwarded-Proto": "https" }
   */
  readonly headers: Headers;
  /** The status that `http` must answer with. Default: `200`. */
  readonly expect: number;
  /** How long it may take to be healthy. Default: `"30s"`. */
  readonly timeout: Duration;
  /** The pause between two tries. Default: `"250ms"`. */
  readonly interval: Duration;
  /**
   * How long it must have run without a crash before it gets traffic, counted from its start. Default: `"2s"` for what
   * is new, `"0s"` for a rollback, whose release has run before.
   */
  readonly settle: Duration;
};

type SiteSettings = {
  /** `X-Frame-Options`: who may show the app's pages in a frame. Default: `"DENY"`; `false` sends none. */
  readonly frameOptions: "DENY" | "SAMEORIGIN" | false;
  /** `X-XSS-Protection`, which only old browsers know. Default: `"1; mode=block"`; `false` sends none. */
  readonly xssProtection: "1; mode=block" | "0" | false;
};

type DrainSettings = {
  /** How long old connections get to end before the old variant is stopped all the same. Default: `"30s"`. */
  readonly timeout: Duration;
  /**
   * When the old variant gets its SIGTERM. `last`: when its last connection has ended. `early`: as soon as no new request can
   * reach it, while nginx still passes on what is open, for an app that ends its streams and WebSockets by itself when it is told
   * to. Only with `nginx.switch({ mode: "instant" })`. Default: `"last"`.
   */
  readonly signal: "last" | "early";
};

type PruneSettings = {
  /** Deletes releases older than this. Default: `"30d"`, or none when `keep` is given. */
  readonly olderThan: Duration;
  /** Deletes all but the newest so many. Default: none. @example 5 */
  readonly keep: number;
};

type RollingSettings = {
  readonly batch: number | `${number}%`;
  readonly pause: Duration;
  readonly maxFailures: number;
};
