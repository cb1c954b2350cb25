import type { Nginx } from "./nginx.ts";
import { usualNginx } from "./nginx.ts";
import type { Variant } from "./variant.ts";

/** Every path on a host, made in one place. */
export type Layout = {
  readonly destination: string;
  readonly versions: string;
  readonly current: string;
  /** Does root own what root reads, and is the helper all that sudo allows? The config's key. */
  readonly strict: boolean;
  /** The file that nginx includes; where `strict`, root's. */
  readonly backend: string;
  /** What it is called where the destination has it. */
  readonly ownBackend: string;
  readonly backends: string;
  readonly variant: string;
  /** Instant mode: its presence routes to green. */
  readonly liveGreen: string;
  /** The page that visitors get instead of the app: its presence closes the site. */
  readonly maintenance: string;
  readonly unit: string;
  /** What `strict` lets sudo run, and the directory of what that writes. */
  readonly helper: string;
  readonly rooted: string;
  /** Ours: lock, journal, states. Mode 0700. */
  readonly state: string;
  readonly lock: string;
  /** Held by whatever a run has started that may outlive its lock; names what was started last. */
  readonly hold: string;
  /** A lock that a person set. */
  readonly freeze: string;
  /** Who closed the site, and why. */
  readonly maintenanceNote: string;
  readonly journal: string;
  /** Names the variant that a finished run left running. */
  readonly warm: string;
  /** What is noted of the start of the new variant: its process, and how often systemd had restarted its unit by then. */
  readonly restarts: string;
  /** Its presence ends the waits of the run that goes on. */
  readonly interrupt: string;
  /** Names the last run that came past its point of no return, as lock.json did. */
  readonly committed: string;
  /** What a request through nginx met instead of the new variant, until it is told. */
  readonly unanswered: string;
  /** The pids of the nginx workers that ran before a reload. */
  readonly workers: string;
  /** Younger than `workers` where nginx was then seen to take its files. */
  readonly proven: string;
  /** Archives that the host downloads, until they are a release. */
  readonly downloads: string;
  readonly nginx: Nginx;
  readonly vhost: string;
  readonly vhostLink: string;
  readonly sudoers: string;
  release(id: string): string;
  /** Where an upload grows before it is a release. */
  partial(id: string): string;
  /** Names what an upload has sent. */
  sent(id: string): string;
  currentOf(variant: Variant | "%i"): string;
  /** The environment of a variant, as who deploys keeps it. */
  environment(variant: Variant): string;
  /** The one that systemd reads: the same file, or where `strict`, the helper's copy of it. */
  unitEnvironment(variant: Variant | "%i"): string;
  /** The unix socket of a variant, in a directory that systemd makes for it at each start. */
  socket(variant: Variant): string;
  /** The full unit name, as the sudo rules of the spec have it. */
  service(variant: Variant): string;
  /** What is recorded of a release: its status, the environment and unit it ran with, and their sums as sha256sum(1) has them. */
  record(id: string): {
    readonly status: string;
    readonly environment: string;
    readonly unit: string;
    readonly sums: string;
    /** The sum of its files. */
    readonly tree: string;
  };
  hook(name: string): string;
};

/** @example makeLayout("shop", "/opt/shop").service("blue") // "shop@blue.service" */
export function makeLayout(app: string, destination: string, strict = false, nginx = usualNginx): Layout {
  const versions = `${destination}/versions`;
  const state = `${destination}/.bgdeploy`;
  const rooted = `/etc/bgdeploy/${app}`;
  return {
    destination,
    versions,
    current: `${versions}/current`,
    strict,
    backend: `${strict ? rooted : destination}/backend.conf`,
    ownBackend: `${destination}/backend.conf`,
    backends: `${destination}/backends.conf`,
    variant: `${destination}/variant`,
    liveGreen: `${destination}/live-green`,
    maintenance: `${destination}/maintenance.html`,
    unit: `/etc/systemd/system/${app}@.service`,
    helper: `/usr/local/lib/bgdeploy/${app}`,
    rooted,
    state,
    lock: `${state}/lock.json`,
    hold: `${state}/hold`,
    freeze: `${state}/freeze.json`,
    maintenanceNote: `${state}/maintenance.json`,
    journal: `${state}/journal.ndjson`,
    warm: `${state}/warm`,
    restarts: `${state}/restarts`,
    interrupt: `${state}/interrupt`,
    committed: `${state}/committed`,
    unanswered: `${state}/unanswered`,
    workers: `${state}/workers`,
    proven: `${state}/proven`,
    downloads: `${state}/downloads`,
    nginx,
    vhost: `${nginx.config}/sites-available/${app}.conf`,
    vhostLink: `${nginx.config}/sites-enabled/${app}.conf`,
    sudoers: `/etc/sudoers.d/${app.replaceAll(/[^\w-]/g, "_")}-bgdeploy`,
    release: (id) => `${versions}/${id}`,
    partial: (id) => `${versions}/.${id}.partial`,
    sent: (id) => `${state}/${id}.sent`,
    currentOf: (variant) => `${versions}/current-${variant}`,
    environment: (variant) => `${destination}/environment-${variant}`,
    unitEnvironment: (variant) => `${strict ? rooted : destination}/environment-${variant}`,
    socket: (variant) => `/run/${app}/${variant}/app.sock`,
    service: (variant) => `${app}@${variant}.service`,
    record: (id) => ({
      status: `${state}/releases/${id}.json`,
      environment: `${state}/releases/${id}.env`,
      unit: `${state}/releases/${id}.service`,
      sums: `${state}/releases/${id}.sha256`,
      tree: `${state}/releases/${id}.tree`,
    }),
    hook: (name) => `${state}/hooks/${name}`,
  };
}
