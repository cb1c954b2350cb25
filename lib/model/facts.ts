import type { GroundPath } from "./ground.ts";
import type { Neighbour } from "./neighbour.ts";
import type { KnownRelease } from "./release.ts";
import type { SudoRules } from "./sudo.ts";
import type { Variant } from "./variant.ts";

/** What systemd says of one variant's unit. */
export type UnitState = {
  /** `active`, `activating`, `inactive`, `failed`, … (ActiveState). */
  readonly active: string;
  readonly enabled: boolean;
  /** 0 when it does not run. */
  readonly pid: number;
  /** The file that masks it, or its template: systemd refuses to start it. */
  readonly maskedBy?: string | undefined;
  /** There is no file where our unit reads its environment: systemd does not start it without. */
  readonly lacksEnvironment?: boolean;
};

/** What `nginx -t` said: it was right, wrong, or may not be asked by this user. */
export type NginxTest =
  | { readonly verdict: "ok" }
  | { readonly verdict: "broken"; readonly output: string }
  | { readonly verdict: "unknown" };

/** A port that something listens on, and the user who owns it. */
export type Listener = { readonly port: number; readonly user: string };

/**
 * What nginx's configuration has of the lines that let `maintenance` close the site. `unloaded`: they were written after
 * nginx last took its configuration. `unknown`: the ssh user may not read it.
 */
export type MaintenanceBlock = "loaded" | "unloaded" | "missing" | "unknown";

/** Everything the probe read from one host, in one reading. Nothing here changes the host. */
export type Facts = {
  readonly user: {
    readonly name: string;
    readonly uid: number;
    readonly groups: readonly string[];
    readonly home: string;
  };
  readonly shell: string;
  /** What the login shell printed before our first command: it would break rsync. */
  readonly noise: string;
  readonly hostname: string;
  readonly machineId: string;
  /** As `uname -m` names it. */
  readonly cpu: string | undefined;
  /** The host's clock, epoch seconds. */
  readonly clock: number;
  /** bash's version, and where the others stand; `undefined` where one is missing. */
  readonly tools: {
    readonly bash: string;
    readonly rsync: string | undefined;
    readonly nginx: string | undefined;
    readonly systemd: string | undefined;
    readonly flock: boolean;
  };
  /** Where programs of the sudo rules stand, by name; under /usr where that is the same file. */
  readonly rulePaths: Readonly<Record<string, string>>;
  /** Of the programs that only some recipes or `setup` need (curl, wget, tar, gzip, xz, zstd, sudo, visudo), those that are there. */
  readonly programs: readonly string[];
  readonly destination: "writable" | "missing" | "not-writable";
  /** May the ssh user create the destination in its parent? */
  readonly parentWritable: boolean;
  /** Is our own directory there? */
  readonly hasState: boolean;
  /** Of the files and directories that a decision depends on, those that are there and closed to the ssh user: not read is not absent. */
  readonly unread: readonly string[];
  readonly owner: { readonly user: string; readonly group: string } | undefined;
  /** The destination, those of our directories in it that are there, and all on the way to them. */
  readonly ground: readonly GroundPath[];
  /** Of `serviceDirectories` those that are there, and whose they are. */
  readonly serviceDirectories: readonly { readonly path: string; readonly user: string }[];
  /** Names of files of the service's user in the destination that are not ours; read by root where it does not own it yet. */
  readonly filesBeside: readonly string[];
  /** Free space for the ssh user where the releases go. */
  readonly disk: { readonly freeBytes: number; readonly freeInodes: number };
  /** Do `exec.user`, `user` (asked as root, where the config has one) and `group` exist? */
  readonly execUserExists: boolean;
  /** Has the distribution a template unit of the app's name, as `user@.service` and `getty@.service` are? Where it stands. */
  readonly systemUnit: string | undefined;
  readonly appUserExists: boolean;
  readonly groupExists: boolean;
  /** Groups of the names of `exec.user` and `user` that are there, with or without those users. */
  readonly userGroups: readonly string[];
  readonly files: {
    readonly backend: string | undefined;
    /** The path where that was found: `strict` takes it from the destination until `setup` has moved it. */
    readonly backendAt: string | undefined;
    /** Target of the symlink, `""` for a regular file. */
    readonly backends: string | undefined;
    readonly variant: string | undefined;
    readonly liveGreen: boolean;
    /** The variant that a finished run left running (`keepPrevious: "warm"`). */
    readonly warm: Variant | undefined;
    readonly unit: string | undefined;
    readonly vhost: string | undefined;
    readonly sudoers: string | undefined;
    /** The helper of `strict`; only that there is one, where the config is not strict. */
    readonly helper: string | undefined;
  };
  /** Release ids that the symlinks point to. */
  readonly links: {
    readonly current: string | undefined;
    readonly blue: string | undefined;
    readonly green: string | undefined;
  };
  /** PORT as the host's own environment files have it. */
  readonly environmentPorts: Readonly<Record<Variant, number | undefined>>;
  /** Do they tell the variant to listen on its socket? */
  readonly environmentSockets: Readonly<Record<Variant, boolean>>;
  /** Ids of the releases that ran with a socket, by what is recorded of them. */
  readonly socketReleases: readonly string[];
  /** Ids of the releases of whose files the sum is recorded: nobody but who deploys ever owned those. */
  readonly recordedTrees: readonly string[];
  /** Variants on whose socket something listens; read only where nothing is taken for granted. */
  readonly listeningSockets: readonly Variant[];
  readonly units: Readonly<Record<Variant, UnitState>>;
  readonly nginx: {
    readonly active: boolean;
    /** Its main process; 0 when it does not run. */
    readonly pid: number;
    /** Can a worker of it be seen, as a child of that process? By them it is proven what nginx routes to. */
    readonly hasWorkers: boolean;
    readonly test: NginxTest;
    /** Does a readable site include our backend file? `undefined` when it cannot be told. */
    readonly includesBackend: boolean | undefined;
    /** Where `strict`: files of nginx that still name the destination's own backend file. */
    readonly formerSites: readonly string[];
    /** Does a site look for our file live-green, and so switch instantly? */
    readonly includesFlag: boolean;
    readonly maintenanceBlock: MaintenanceBlock;
    /**
     * Where nginx takes the files of sites from: Debian's directory of those that links enable, or conf.d, as elsewhere; `taken`:
     * there, but a file of the app's name is there already.
     */
    readonly sites: "sites-available" | "conf.d" | "taken" | undefined;
    /** Does the host's kernel know IPv6, so that nginx can listen there? */
    readonly hasIpv6: boolean;
    /** A file in sites-available that leads to the app, and is enabled by no link, where nothing that is enabled does. */
    readonly disabledSite: string | undefined;
    /** Another app's site that answers where no other does (`default_server`). */
    readonly defaultSite: string | undefined;
    /** The link to the distribution's own page that answers there, where it is as its package installed it. */
    readonly stockSite: string | undefined;
    /** A directory on the way to that file that nginx's workers may not look into. */
    readonly blindTo: string | undefined;
    /** Does a site name our sockets itself, as one does that switches instantly? */
    readonly namesSockets: boolean;
    /** Are its workers in `group`? `undefined` when it cannot be told. */
    readonly isInGroup: boolean | undefined;
  };
  readonly sudo: SudoRules;
  /** Who listens on our ports. */
  readonly listeners: readonly Listener[];
  /** The other apps on the host. */
  readonly neighbours: readonly Neighbour[];
  /** Of the ports from 8000 to 8959, those that somebody listens on. */
  readonly busyPorts: readonly number[];
  /** Who takes the connections to a variant's port, `nobody (uid 65534)`, where that is neither root nor the user of its unit. */
  readonly strangers: Readonly<Record<Variant, string | undefined>>;
  readonly releases: readonly KnownRelease[];
  /** The journal's last line. */
  readonly lastJournal: string | undefined;
  /** Its last line that tells of a release that stayed. */
  readonly lastLive: string | undefined;
  /** Is the site closed? What is noted of who closed it, as it is. */
  readonly maintenance: { readonly on: boolean; readonly note: string | undefined };
  /** Does another run hold the lock? What lock.json and freeze.json hold, as they are. */
  readonly lock: { readonly held: boolean; readonly holder: string | undefined; readonly freeze: string | undefined };
};
