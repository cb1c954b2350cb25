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
    help: "config file (default: deploy.config.ts here or in a parent directory)",
  },
  only: {
    name: "only",
    value: "HOST",
    many: true,
    values: "hosts",
    help: "only these hosts of the stage (name or glob)",
  },
  except: {
    name: "except",
    value: "HOST",
    many: true,
    values: "hosts",
    help: "all hosts of the stage except these (name or glob)",
  },
  join: {
    name: "join",
    value: "HOST",
    many: true,
    values: "hosts",
    help: "deploy to these hosts the release that is live on the others",
  },
  role: {
    name: "role",
    value: "ROLE",
    many: true,
    values: "roles",
    help: "only hosts with this role",
  },
  version: { name: "version", value: "V", help: "version of the release (default: git describe)" },
  dist: { name: "dist", value: "DIR", values: "files", help: "directory to upload (default: the config's dist)" },
  env: { name: "env", short: "e", value: "KEY=VALUE", many: true, help: "set an environment variable of the service" },
  quiet: { name: "quiet", short: "q", help: "print only failures and the summary" },
  verbose: { name: "verbose", short: "v", help: "print every command and its output" },
  json: { name: "json", help: "print the answer as JSON (docs/json.md)" },
  events: { name: "json", help: "print events as JSON, one object per line (docs/json.md)" },
  plain: { name: "plain", help: "print timestamped lines instead of the live view, as in a pipe" },
  lockWait: {
    name: "lock-wait",
    value: "5m",
    help: "if another run holds the lock, wait up to this long (default: fail at once)",
  },
  to: { name: "to", value: "ID", values: "releases", help: "release to go back to (default: the last good one)" },
  message: { name: "message", short: "m", value: "TEXT", help: "reason, shown to everyone whose run is refused" },
  diff: { name: "diff", help: "show only the differences" },
  show: { name: "show", help: "also show values that look secret (never the config's secrets)" },
  hooks: { name: "hooks", help: "also run hooks and your own tasks" },
  notice: { name: "message", short: "m", value: "TEXT", help: "message on the page" },
  undo: { name: "undo", help: "like --commands, and show how each task is undone" },
  commands: { name: "commands", help: "show every command, not only a line per task" },
  dryRun: { name: "dry-run", help: "show what would be done; change nothing" },
  fix: { name: "fix", help: "fix what is safe to fix, under the deploy lock, then check again" },
  showFine: { name: "verbose", short: "v", help: "also show what is fine" },
  pin: {
    name: "pin",
    help: "pin the hosts' keys in the config's knownHosts file (default: infra/known_hosts)",
  },
  yes: { name: "yes", short: "y", help: "do not ask for confirmation" },
  as: { name: "as", value: "USER", help: "connect as this user (root, or a user with full sudo rights)" },
  strict: {
    name: "strict",
    help: "removed: set strict: true in the config",
  },
  user: { name: "user", value: "NAME", help: "deploy user (default: from your ssh config)" },
  follow: { name: "follow", short: "f", help: "follow new entries until Ctrl-C" },
  since: { name: "since", value: "10m", help: "entries newer than this (all of them, unless -n)" },
  lines: { name: "lines", short: "n", value: "N", help: "last N lines of each host (default: 100)" },
  variant: {
    name: "variant",
    value: "V",
    values: ["blue", "green", "live"],
    help: "only blue, green or live (default: both)",
  },
  parallel: { name: "parallel", value: "N", help: "on at most N hosts at a time (default: all)" },
  runs: { name: "lines", short: "n", value: "N", help: "last N runs (default: 50)" },
  keep: { name: "keep", value: "N", help: "keep the newest N releases (default: the config's rule)" },
  olderThan: { name: "older-than", value: "30d", help: "delete releases older than this (default: the config's rule)" },
  watch: { name: "watch", value: "2s", fallback: "2s", help: "refresh at this interval until Ctrl-C (default: 2s)" },
  help: { name: "help", short: "h", help: "show this help" },
} as const satisfies Readonly<Record<string, Flag>>;
