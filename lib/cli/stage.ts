import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/resolved.ts";
import { ownPair } from "./foreign-commands.ts";
import type { Intent } from "./intent.ts";
import { valueOf } from "./intent.ts";
import { timeOf } from "./quantity.ts";
import { didYouMean } from "../config/suggest.ts";
import { UserError } from "../errors.ts";
import { hiddenIn } from "../model/app.ts";
import type { LinkMode } from "../model/command.ts";
import type { Tasks } from "../model/task.ts";
import { quote } from "../model/shell.ts";
import { printable } from "../model/printable.ts";
import { flattenTasks } from "../model/task.ts";
import type { Task } from "../model/task.ts";
import type { SwitchMode } from "../../recipes/index.ts";
import { deploy, hooks, instantSwitch, recover, remoteUpload } from "../../recipes/index.ts";
import type { World } from "./world.ts";

/** Loads the stage that the command line names, with what the command line says over it. */
export async function loadStage(intent: Intent, world: World, secrets: "needed" | "optional"): Promise<Config> {
  // Also said before a line about the build is printed.
  timeOf(intent, "lock-wait", "30s or 5m");
  const config = await loadConfig({
    cwd: world.cwd,
    env: world.env,
    home: world.home,
    file: valueOf(intent, "config"),
    stage: intent.stage ?? "",
    secrets,
    overrides: {
      version: valueOf(intent, "version"),
      dist: valueOf(intent, "dist"),
      env: pairs(intent.values["env"] ?? []),
      only: intent.values["only"],
      except: intent.values["except"],
    },
  }).catch((error: unknown) => {
    throw inOwnWords(error, intent);
  });
  for (const each of config.warnings) world.stderr.write(`Warning: ${printable(each)}\n`);
  for (const each of [world.json, world.answer]) each?.hide(config.hosts.flatMap(({ app }) => hiddenIn(app)));
  return withRoles(config, intent.values["role"] ?? []);
}

/** A word of another tool that stands where our commands have a stage: `lock release`, `rollback 1.2`. */
function inOwnWords(error: unknown, { verb, stage = "" }: Intent): unknown {
  if (!(error instanceof UserError) || !error.problems.some((each) => each.startsWith("no stage "))) return error;
  const isRelease = verb === "rollback" && /^v?\d/.test(stage);
  const own = isRelease ? `bgdeploy rollback --to ${quote(stage)}` : ownPair([verb, stage]);
  return own === undefined ? error : new UserError([...error.problems, `Did you mean: ${own}`]);
}

/** The hosts that have one of these roles. */
function withRoles(config: Config, wanted: readonly string[]): Config {
  if (wanted.length === 0) return config;
  const known = new Set(config.hosts.flatMap(({ host }) => host.roles));
  const unknown = wanted.filter((role) => !known.has(role));
  if (unknown.length > 0) {
    throw new UserError(
      unknown.map(
        (role) => `--role ${role}: no host of stage "${config.stage}" has this role.${didYouMean(role, known)}`,
      ),
    );
  }
  const [first, ...others] = config.hosts.filter(({ host }) => host.roles.some((role) => wanted.includes(role)));
  return first === undefined ? config : { ...config, hosts: [first, ...others] };
}

/** The tasks of a deploy: first what a crash may have left, then the config's own, or the default ones. */
export function tasksOf(config: Config): readonly Task[] {
  const { pre, post } = config;
  const own: Tasks =
    config.tasks ??
    deploy({
      beforeStart: pre === undefined ? [] : [hooks.pre(pre)],
      beforePrune: post === undefined ? [] : [hooks.post(post)],
    });
  return [...recover(), ...flattenTasks(own)];
}

/** How the stage's tasks move the traffic: the nginx site must fit. */
export function switchMode(config: Config): SwitchMode {
  return tasksOf(config).some(({ name }) => name === instantSwitch) ? "instant" : "reload";
}

/** Do the hosts bring the release by themselves? Nothing is then needed of `dist`. */
export function isDownloaded(config: Config): boolean {
  const names = tasksOf(config).map(({ name }) => name);
  return names.includes(remoteUpload) && !names.includes("upload:send");
}

/** What becomes of symlinks in `dist` that lead out of it. */
export function linkMode(config: Config): LinkMode | undefined {
  return tasksOf(config).find(({ links }) => links !== undefined)?.links;
}

/** Is sending the release the first thing that is done? Where a hook comes before, its channel may be the second and last one. */
export function sendsFirst(config: Config): boolean {
  const [first] = tasksOf(config).filter(({ name }) => !name.startsWith("recover:"));
  return first?.name === "upload:send";
}

function pairs(words: readonly string[]): Readonly<Record<string, string>> {
  const bad = words.filter((word) => !/^[^=]+=/.test(word));
  if (bad.length > 0) throw new UserError(bad.map((word) => `--env ${word}: expected KEY=VALUE`));
  return Object.fromEntries(words.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]));
}
