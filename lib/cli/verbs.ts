import type { ExitCode } from "../errors.ts";
import { deployFlags, deployNotes } from "./deploy-flags.ts";
import type { Flag } from "./flags.ts";
import { flags } from "./flags.ts";
import { initFlags } from "./init-flags.ts";
import type { Intent } from "./intent.ts";
import type { World } from "./world.ts";

/** One verb of the command line. Its code is loaded only when it is called. */
export type Verb = {
  readonly name: string;
  readonly help: string;
  /** Does it take a stage? */
  readonly stage: boolean;
  /** The words that it takes instead, as the help shows them; it checks them itself. */
  readonly words?: string;
  /** What the help says below the flags. */
  readonly notes?: string;
  /** A further word, as the usage shows it: `[host]` may be left out, one of `bash|zsh|fish` may not. */
  readonly operand?: string;
  /** Does a command for the hosts stand after `--`? */
  readonly command?: boolean;
  readonly flags: readonly Flag[];
  readonly load: () => Promise<(intent: Intent, world: World) => Promise<ExitCode>>;
};

const choice = [flags.config, flags.only, flags.except, flags.role];
const build = [flags.version, flags.dist, flags.env];
const loudness = [flags.quiet, flags.verbose, flags.plain, flags.json];

export const verbs: readonly Verb[] = [
  {
    name: "run",
    help: "deploy: run the config's tasks on all hosts of a stage",
    stage: true,
    flags: [...choice, ...build, ...loudness, flags.lockWait, flags.join, flags.dryRun],
    load: async () => (await import("./commands/run.ts")).run,
  },
  {
    name: "plan",
    help: "show what run would do, reading the real hosts and changing nothing",
    stage: true,
    flags: [...choice, ...build, flags.undo, flags.json],
    load: async () => (await import("./commands/plan.ts")).plan,
  },
  {
    name: "rollback",
    help: "make the last good release live again, with its own environment and unit",
    stage: true,
    flags: [flags.to, ...choice, ...loudness, flags.lockWait, flags.dryRun],
    load: async () => (await import("./commands/rollback.ts")).rollback,
  },
  {
    name: "restart",
    help: "restart the live release with the config's environment and unit",
    stage: true,
    flags: [flags.env, flags.hooks, ...choice, ...loudness, flags.lockWait, flags.dryRun],
    load: async () => (await import("./commands/restart.ts")).restart,
  },
  {
    name: "status",
    help: "show what is live on each host, and where hosts differ",
    stage: true,
    flags: [flags.watch, ...choice, flags.json],
    load: async () => (await import("./commands/status.ts")).status,
  },
  {
    name: "doctor",
    help: "find what would make a deploy or a reboot fail, with what to type",
    stage: true,
    flags: [...choice, flags.fix, flags.yes, flags.showFine],
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  {
    name: "releases",
    help: "list the releases on each host, and what became of them",
    stage: true,
    flags: [...choice, flags.json],
    load: async () => (await import("./commands/releases.ts")).releases,
  },
  {
    name: "env",
    help: "show the environment of the next deploy, and how it differs from the live one",
    stage: true,
    flags: [flags.diff, flags.show, ...choice],
    load: async () => (await import("./commands/env.ts")).env,
  },
  {
    name: "lock",
    help: "refuse every run on the hosts of a stage until unlock",
    stage: true,
    flags: [flags.message, ...choice, flags.json],
    load: async () => (await import("./commands/lock.ts")).lock,
  },
  {
    name: "unlock",
    help: "let runs go on again",
    stage: true,
    flags: [...choice, flags.json],
    load: async () => (await import("./commands/lock.ts")).unlock,
  },
  {
    name: "maintenance",
    help: "answer every visitor of the site with a 503 page, until it is turned off",
    stage: true,
    operand: "on|off",
    flags: [flags.notice, ...choice],
    load: async () => (await import("./commands/maintenance.ts")).maintenance,
  },
  {
    name: "setup",
    help: "prepare the hosts once: user, directories, unit, nginx site, sudo rules",
    stage: true,
    flags: [...choice, flags.as, flags.user, flags.strict, flags.yes, flags.dryRun, flags.verbose, flags.json],
    load: async () => (await import("./commands/setup.ts")).setup,
  },
  {
    name: "vhost",
    help: "print the nginx site",
    stage: true,
    flags: [flags.config],
    load: async () => (await import("./commands/print.ts")).vhost,
  },
  {
    name: "unit",
    help: "print the systemd unit",
    stage: true,
    flags: [flags.config],
    load: async () => (await import("./commands/print.ts")).unit,
  },
  {
    name: "sudoers",
    help: "print the sudo rules that a user who is not root needs",
    stage: true,
    flags: [flags.config, flags.user, flags.strict],
    load: async () => (await import("./commands/print.ts")).sudoers,
  },
  {
    name: "tasks",
    help: "list the tasks of a stage in order, with their barriers and undo",
    stage: true,
    flags: [flags.config],
    load: async () => (await import("./commands/tasks.ts")).tasks,
  },
  {
    name: "deploy",
    help: "deploy without a config file: takes the command line of raco koyo deploy",
    stage: false,
    words: "<dist> <version> <host…>",
    notes: deployNotes,
    flags: [...deployFlags, ...loudness, flags.lockWait, flags.dryRun],
    load: async () => (await import("./commands/deploy.ts")).deploy,
  },
  {
    name: "init",
    help: "write a first deploy.config.ts; also from a raco koyo deploy command line",
    stage: false,
    flags: initFlags,
    load: async () => (await import("./commands/init.ts")).init,
  },
  {
    name: "logs",
    help: "show what the app says on all hosts, in the order of time",
    stage: true,
    flags: [flags.follow, flags.since, flags.lines, flags.variant, ...choice],
    load: async () => (await import("./commands/logs.ts")).logs,
  },
  {
    name: "exec",
    help: "run a command on all hosts",
    stage: true,
    command: true,
    flags: [flags.parallel, ...choice],
    load: async () => (await import("./commands/exec.ts")).exec,
  },
  {
    name: "ssh",
    help: "open a shell on a host, in the live release with its environment",
    stage: true,
    operand: "[host]",
    flags: choice,
    load: async () => (await import("./commands/ssh.ts")).ssh,
  },
  {
    name: "audit",
    help: "list the runs that the hosts remember: when, who, what, and what came of each",
    stage: true,
    flags: [flags.runs, ...choice],
    load: async () => (await import("./commands/audit.ts")).audit,
  },
  {
    name: "prune",
    help: "delete old releases, as a run does at its end",
    stage: true,
    flags: [flags.keep, flags.olderThan, ...choice, flags.lockWait, flags.dryRun],
    load: async () => (await import("./commands/prune.ts")).prune,
  },
  {
    name: "open",
    help: "print the app's URL, and open it in a browser",
    stage: true,
    flags: choice,
    load: async () => (await import("./commands/open.ts")).open,
  },
  {
    name: "completion",
    help: "print a script that lets bash, zsh or fish complete what is typed",
    stage: false,
    operand: "bash|zsh|fish",
    flags: [],
    load: async () => (await import("./commands/completion.ts")).completion,
  },
];
