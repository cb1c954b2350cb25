/** Values of a flag: words, or whom to ask for them. */
export type Values = readonly string[] | "hosts" | "roles" | "releases" | "files";

/** A flag of the command line. `value` names its value in the help; without one it is a switch. */
export type Flag = {
  readonly name: string;
  readonly short?: string;
  readonly value?: string;
  /** May be given several times. */
  readonly many?: boolean;
  /** `2`: its value is the next two words, as in `-p blue 8000`; `value` names both. */
  readonly words?: 2;
  /** Its value is the next word whatever it looks like: `--ssh-flags '-F infra/ssh_config'`. */
  readonly takesDashes?: boolean;
  /** The value may be left out, and is then this: a duration. */
  readonly fallback?: string;
  /** What a shell can complete it to. */
  readonly values?: Values;
  readonly help: string;
};

export const flags = {
  config: {
    name: "config",
    short: "c",
    value: "FILE",
    values: "files",
    help: "use this config instead of the deploy.config.ts found here or above",
  },
  only: {
    name: "only",
    value: "HOST",
    many: true,
    values: "hosts",
    help: "these hosts of the stage only; a name or a glob",
  },
  except: { name: "except", value: "HOST", many: true, values: "hosts", help: "all hosts of the stage but these" },
  join: {
    name: "join",
    value: "HOST",
    many: true,
    values: "hosts",
    help: "give these hosts of the stage the release that is live on the others",
  },
  role: {
    name: "role",
    value: "ROLE",
    many: true,
    values: "roles",
    help: "the hosts of the stage that have this role",
  },
  version: { name: "version", value: "V", help: "name the release, instead of git describe" },
  dist: { name: "dist", value: "DIR", values: "files", help: "upload this directory instead of the config's" },
  env: { name: "env", short: "e", value: "KEY=VALUE", many: true, help: "set a variable of the service" },
  quiet: { name: "quiet", short: "q", help: "failures and the summary only" },
  verbose: { name: "verbose", short: "v", help: "every command and its output" },
  json: { name: "json", help: "events for programs: one JSON object a line (docs/json.md)" },
  plain: { name: "plain", help: "timed lines instead of the tree, as in a pipe" },
  lockWait: {
    name: "lock-wait",
    value: "5m",
    help: "wait this long for another run to end, instead of giving up at once",
  },
  to: { name: "to", value: "ID", values: "releases", help: "this release, instead of the last good one" },
  message: { name: "message", short: "m", value: "TEXT", help: "why, for those who are refused" },
  diff: { name: "diff", help: "what differs only" },
  show: { name: "show", help: "also values that look secret; never those of the config's secrets" },
  hooks: { name: "hooks", help: "also run the hooks, and the tasks of your own" },
  notice: { name: "message", short: "m", value: "TEXT", help: "what the page says" },
  undo: { name: "undo", help: "show what would take each task back, too" },
  dryRun: { name: "dry-run", help: "show what would be done, and do nothing" },
  fix: { name: "fix", help: "mend what is safe to mend, under the locks, and look again" },
  showFine: { name: "verbose", short: "v", help: "also what is fine" },
  pin: {
    name: "pin",
    help: "pin the hosts' keys in the config's knownHosts, by default infra/known_hosts",
  },
  yes: { name: "yes", short: "y", help: "do not ask" },
  as: { name: "as", value: "USER", help: "connect as this user, who may do everything (root)" },
  strict: {
    name: "strict",
    help: "removed: write strict: true in the config",
  },
  user: { name: "user", value: "NAME", help: "the user who deploys; else ssh's own idea of it" },
  follow: { name: "follow", short: "f", help: "go on with what comes, until Ctrl-C" },
  since: { name: "since", value: "10m", help: "not older than this; then all of it, unless --lines is given" },
  lines: { name: "lines", short: "n", value: "N", help: "the last N lines of each host (100)" },
  variant: { name: "variant", value: "V", values: ["blue", "green", "live"], help: "blue, green or live; else both" },
  parallel: { name: "parallel", value: "N", help: "on so many hosts at a time, instead of all at once" },
  runs: { name: "lines", short: "n", value: "N", help: "the last N runs (50)" },
  keep: { name: "keep", value: "N", help: "all but the newest N, instead of the config's rule" },
  olderThan: { name: "older-than", value: "30d", help: "those older than this, instead of the config's rule" },
  watch: { name: "watch", value: "2s", fallback: "2s", help: "again and again, until Ctrl-C" },
  help: { name: "help", short: "h", help: "show this" },
} as const satisfies Readonly<Record<string, Flag>>;
