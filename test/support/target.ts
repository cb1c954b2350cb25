import { usualNginx } from "../../lib/model/nginx.ts";
import type { App } from "../../lib/model/app.ts";
import type { Facts } from "../../lib/model/facts.ts";
import { makeLayout } from "../../lib/model/layout.ts";
import { liveState } from "../../lib/model/live.ts";
import type { Release } from "../../lib/model/release.ts";
import { makeRelease } from "../../lib/model/release.ts";
import type { Target } from "../../lib/model/target.ts";
import type { Variant } from "../../lib/model/variant.ts";

/** What the tests deploy, and what is live before it. */
export const newRelease: Release = makeRelease("v1.1", Date.UTC(2025, 4, 13));
export const oldRelease: Release = makeRelease("v1.0", Date.UTC(2025, 4, 1));

type Nested = "user" | "tools" | "files" | "links" | "environmentPorts" | "units" | "nginx" | "disk";

/** `live` makes facts that agree with each other; single facts given beside it win, one by one. */
export type FactsOptions = Partial<Omit<Facts, Nested>> & { readonly [K in Nested]?: Partial<Facts[K]> } & {
  readonly live?: Variant | undefined;
};

export type TargetOptions = {
  readonly host?: string;
  readonly roles?: readonly string[];
  /** The variant that serves; left out, the host has never seen a deploy. */
  readonly live?: Variant | undefined;
  readonly app?: Partial<App>;
  readonly facts?: FactsOptions;
  readonly release?: Release;
};

/**
 * A host before a deploy of v1.1 of the app `shop`, as a task sees it. Its state is worked out of its facts.
 *
 * @example aTarget({ live: "green", host: "h1", facts: { units: { green: aUnit("failed") } } })
 */
export function aTarget(options: TargetOptions = {}): Target {
  const { host = "h1", roles = [], live, release = newRelease } = options;
  const app = anApp(options.app);
  const facts = someFacts({ live, ...options.facts });
  const state = liveState(facts, app.ports);
  return {
    host: { name: host, roles },
    app,
    layout: makeLayout(app.name, app.destination, app.strict),
    facts,
    owner: (facts.sudo.kind === "root" ? app.user : undefined) ?? facts.user.name,
    release,
    copy: false,
    state,
    live: state.kind === "live" || state.kind === "down" ? state.live : undefined,
    idle: state.kind === "unclear" ? "blue" : state.idle,
  };
}

export function anApp(options: Partial<App> = {}): App {
  return {
    name: "shop",
    dist: "/projects/shop/dist",
    destination: "/opt/shop",
    exec: { name: "shop", flags: [], user: "shop" },
    user: undefined,
    appCanActAsDeployer: false,
    group: "www-data",
    ports: { blue: 8001, green: 8002 },
    listen: "port",
    envPrefix: "SHOP",
    env: {},
    secrets: [],
    health: {
      command: false,
      http: undefined,
      host: undefined,
      headers: {},
      expect: 200,
      timeout: 30_000,
      interval: 250,
      settle: 0,
    },
    drainTimeout: 30_000,
    drainSignal: "last",
    prune: { olderThan: 30 * 86_400_000, keep: undefined },
    unit: {},
    sandbox: true,
    state: false,
    cache: false,
    logs: false,
    runtime: false,
    keepPrevious: "stopped",
    writable: false,
    strict: false,
    nginx: usualNginx,
    domain: undefined,
    site: { frameOptions: "DENY", xssProtection: "1; mode=block" },
    ...options,
  };
}

/** Facts of a Debian host that is set up, where `deploy` may run everything with sudo. */
export function someFacts(options: FactsOptions = {}): Facts {
  const { live, user, tools, files, links, environmentPorts, units, nginx, disk, ...rest } = options;
  const served = live === undefined ? undefined : oldRelease.id;
  const me = rest.sudo?.kind === "root" ? "root" : "deploy";
  return {
    user: {
      name: me,
      uid: me === "root" ? 0 : 1000,
      groups: [me, "systemd-journal"],
      home: me === "root" ? "/root" : "/home/deploy",
      ...user,
    },
    shell: "/bin/bash",
    noise: "",
    hostname: "debian",
    machineId: "6f1b2c3d4e5f60718293a4b5c6d7e8f9",
    cpu: "x86_64",
    clock: newRelease.time / 1000,
    tools: {
      bash: "5.2.15",
      rsync: "/usr/bin/rsync",
      nginx: "/usr/sbin/nginx",
      systemd: "/usr/bin/systemctl",
      flock: true,
      ...tools,
    },
    rulePaths: {},
    programs: ["curl", "tar", "gzip", "perl"],
    destination: "writable",
    parentWritable: false,
    owner: { user: me, group: "www-data" },
    ground: groundOf(me),
    serviceDirectories: [],
    filesBeside: [],
    hasState: true,
    unread: [],
    execUserExists: true,
    systemUnit: undefined,
    appUserExists: true,
    groupExists: true,
    userGroups: [],
    disk: { freeBytes: 20e9, freeInodes: 1e6, ...disk },
    files: {
      backend: live === undefined ? undefined : `server 127.0.0.1:${live === "blue" ? 8001 : 8002};\n`,
      backendAt: undefined,
      backends: live === undefined ? undefined : "backend.conf",
      variant: live,
      liveGreen: false,
      warm: undefined,
      unit: undefined,
      vhost: undefined,
      sudoers: undefined,
      helper: undefined,
      ...files,
    },
    links: { current: served, blue: undefined, green: undefined, ...(live && { [live]: served }), ...links },
    environmentPorts: {
      blue: live === "blue" ? 8001 : undefined,
      green: live === "green" ? 8002 : undefined,
      ...environmentPorts,
    },
    environmentSockets: { blue: false, green: false },
    socketReleases: [],
    recordedTrees: (rest.releases ?? [{ id: oldRelease.id }]).map(({ id }) => id),
    listeningSockets: [],
    units: { blue: aUnit("inactive"), green: aUnit("inactive"), ...(live && { [live]: aUnit("active") }), ...units },
    nginx: {
      active: true,
      pid: 0,
      hasWorkers: true,
      test: { verdict: "ok" },
      includesBackend: true,
      formerSites: [],
      includesFlag: false,
      maintenanceBlock: "loaded",
      blindTo: undefined,
      namesSockets: false,
      isInGroup: true,
      sites: "sites-available",
      hasIpv6: true,
      disabledSite: undefined,
      defaultSite: undefined,
      stockSite: undefined,
      ...nginx,
    },
    sudo: { kind: "rules", rules: ["ALL"] },
    listeners: live === undefined ? [] : [{ port: live === "blue" ? 8001 : 8002, user: "shop" }],
    neighbours: [],
    busyPorts: [],
    strangers: { blue: undefined, green: undefined },
    releases: live === undefined ? [] : [{ id: oldRelease.id, status: "live" }],
    lastJournal: undefined,
    lastLive: undefined,
    maintenance: { on: false, note: undefined },
    lock: { held: false, holder: undefined, freeze: undefined },
    ...rest,
  };
}

/** The directories of the app `shop` where they belong to a user, as a probe reads them. */
export function groundOf(user: string): Facts["ground"] {
  const directory = { isLink: false, uid: user === "root" ? 0 : 1000, user, group: "www-data", mode: 0o755 };
  return [
    { ...directory, path: "/opt/shop", kind: "destination" },
    { ...directory, path: "/opt", kind: "way", uid: 0, user: "root", group: "root" },
    { ...directory, path: "/opt/shop/versions", kind: "versions" },
    { ...directory, path: "/opt/shop/.bgdeploy", kind: "state", mode: 0o700 },
  ];
}

/** @example aUnit("failed") */
export function aUnit(active: string): Facts["units"][Variant] {
  return { active, enabled: active === "active", pid: active === "active" ? 4711 : 0 };
}
