import type { Variant } from "./variant.ts";

/** How a variant's unit fares. */
export type UnitHealth = {
  /** SubState: `running`, `dead`, `auto-restart`, `failed`, … */
  readonly sub: string;
  /** Seconds that it has been running; `undefined` where it does not run. */
  readonly runs: number | undefined;
  /** How often systemd has restarted it since someone last started it. */
  readonly restarts: number;
  /** Why it ended: `success`, `exit-code`, `signal`, … */
  readonly result: string;
  /** Its file has changed since systemd read it. */
  readonly isStale: boolean;
  /** The unit's file against the copy that was recorded with the release of this variant. */
  readonly record: "same" | "differs" | "none";
};

/** How the service's user comes to its program. */
export type Reach = {
  /** `undefined` where there is no such user. */
  readonly user: { readonly uid: number; readonly groups: readonly number[] } | undefined;
  /** The directories on the way to the live release's program, and it, the uppermost first. `mode`: `drwxr-x---`. */
  readonly way: readonly {
    readonly path: string;
    readonly mode: string;
    readonly uid: number;
    readonly gid: number;
  }[];
  /** The program of the live release; `undefined` where nothing is live. */
  readonly program: string | undefined;
};

/** What only `bgdeploy doctor` asks of a host, beside the facts that every run reads. Nothing here changes the host. */
export type Exam = {
  /** What each program says of its version; `undefined` where it is missing. */
  readonly versions: Readonly<Record<"rsync" | "nginx" | "systemd" | "sshd", string | undefined>>;
  readonly units: Readonly<Record<Variant, UnitHealth>>;
  /** What `systemd-analyze security` says of the unit, 0 to 10, the lower the better; `undefined` where it says nothing. */
  readonly exposure: number | undefined;
  /** Files that add to the unit: `<app>@.service.d/*.conf`. */
  readonly dropIns: readonly string[];
  /** Unit files of a single variant, which systemd prefers to the template. */
  readonly standIns: readonly string[];
  /** What systemd says of nginx's start at boot: `enabled`, `disabled`, `masked`, … */
  readonly nginxAtBoot: string;
  readonly reach: Reach;
  /** Our files that the ssh user must read or replace, and may not. */
  readonly withheld: readonly string[];
  /** What stands where a link of ours or a directory of systemd's belongs, and is none. */
  readonly inTheWay: readonly string[];
  /** The destination is mounted so that no program starts from there. */
  readonly noexec: boolean;
  /** Files that may hold secrets, with their octal modes. */
  readonly private: readonly { readonly path: string; readonly mode: string; readonly owner: string }[];
  /** Where the config is strict: the helper, its files and the directories above them. `link`: a symlink. */
  readonly rooted: readonly {
    readonly path: string;
    readonly mode: string;
    readonly uid: number;
    readonly link: boolean;
  }[];
  /** Paths of uploads that never became a release. */
  readonly partials: readonly string[];
  /** Paths of our symlinks that lead nowhere. */
  readonly dangling: readonly string[];
  /** Does the configuration that nginx starts with include our backend file? And its files that this user may not read. */
  readonly site: { readonly includesBackend: boolean; readonly unread: readonly string[] };
};
