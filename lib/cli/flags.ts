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
  readonly help: string;
};

export const flags = {
  config: {
    name: "config",
    short: "c",
    value: "FILE",
    help: "use this config instead of the deploy.config.ts found here or above",
  },
  only: { name: "only", value: "HOST", many: true, help: "these hosts of the stage only; a name or a glob" },
  except: { name: "except", value: "HOST", many: true, help: "all hosts of the stage but these" },
  join: {
    name: "join",
    value: "HOST",
    many: true,
    help: "give these hosts of the stage the release that is live on the others",
  },
  role: { name: "role", value: "ROLE", many: true, help: "the hosts of the stage that have this role" },
  version: { name: "version", value: "V", help: "name the release, instead of git describe" },
  dist: { name: "dist", value: "DIR", help: "upload this directory instead of the config's" },
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
  to: { name: "to", value: "ID", help: "this release, instead of the last good one" },
  message: { name: "message", short: "m", value: "TEXT", help: "why, for those who are refused" },
  diff: { name: "diff", help: "what differs only" },
  show: { name: "show", help: "also values that look secret; never those of the config's secrets" },
  hooks: { name: "hooks", help: "also run the hooks, and the tasks of your own" },
  notice: { name: "message", short: "m", value: "TEXT", help: "what the page says" },
  undo: { name: "undo", help: "show what would take each task back, too" },
  dryRun: { name: "dry-run", help: "show what would be done, and do nothing" },
  fix: { name: "fix", help: "mend what is safe to mend, under the locks, and look again" },
  showFine: { name: "verbose", short: "v", help: "also what is fine" },
  yes: { name: "yes", short: "y", help: "do not ask" },
  as: { name: "as", value: "USER", help: "connect as this user, who may do everything (root)" },
  strict: {
    name: "strict",
    help: "leave out the rules that equal root: the unit and the owner are then written by setup",
  },
  user: { name: "user", value: "NAME", help: "the user who deploys; else ssh's own idea of it" },
  help: { name: "help", short: "h", help: "show this" },
} as const satisfies Readonly<Record<string, Flag>>;
