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

/** What only `bgdeploy doctor` asks of a host, beside the facts that every run reads. Nothing here changes the host. */
export type Exam = {
  /** What each program says of its version; `undefined` where it is missing. */
  readonly versions: Readonly<Record<"rsync" | "nginx" | "systemd" | "sshd", string | undefined>>;
  readonly units: Readonly<Record<Variant, UnitHealth>>;
  /** What `systemd-analyze security` says of the unit, 0 to 10, the lower the better; `undefined` where it says nothing. */
  readonly exposure: number | undefined;
  /** Files that add to the unit: `<app>@.service.d/*.conf`. */
  readonly dropIns: readonly string[];
  readonly nginxStartsAtBoot: boolean;
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
