import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "../config/resolved.ts";
import type { Dist } from "../config/dist.ts";
import { checkDist } from "../config/dist.ts";
import { windowsLines } from "../config/line-ends.ts";
import { windowsProblem } from "../config/program.ts";
import type { Tree } from "../config/tree.ts";
import { treeOf } from "../config/tree.ts";
import { fileTrustProblems } from "../config/trust.ts";
import { findVersion } from "../config/version.ts";
import { UserError } from "../errors.ts";
import type { Command } from "../model/command.ts";
import { sentenceOf } from "../model/problem.ts";
import type { Release } from "../model/release.ts";
import { makeRelease } from "../model/release.ts";
import type { Target } from "../model/target.ts";
import type { Plan } from "../plan/plan.ts";
import { makePlan } from "../plan/plan.ts";
import { preflight, preflightWarnings } from "../plan/preflight.ts";
import { makeTarget } from "../plan/target.ts";
import { refuseUnswitched } from "../plan/unswitched.ts";
import type { Warning } from "../plan/warning.ts";
import type { Survey } from "../remote/survey.ts";
import { withTree } from "../run/tree.ts";
import { nameStage } from "./name-stage.ts";
import { requireRsync } from "./programs.ts";
import { signatureProblem } from "./signature.ts";
import { isDownloaded, linkMode, tasksOf } from "./stage.ts";
import type { World } from "./world.ts";

/** What is to be released: checked on this machine, before any connection. */
export type Build = {
  readonly release: Release;
  readonly dist: Dist;
  readonly copy: boolean;
  /** The sum of its files; `"host"`: only the hosts have them. */
  readonly tree: Tree | "host";
};

export async function checkBuild(config: Config, world: World): Promise<Build> {
  refuseUnswitched(tasksOf(config), "run");
  const scripts = windowsScripts([config.pre, config.post].filter((each) => typeof each === "string"));
  if (scripts.length > 0) throw new UserError(scripts);
  if (isDownloaded(config)) {
    // How large it is, the hosts learn.
    const dist = { path: config.hosts[0].app.dist, bytes: 0, files: 0, cpu: undefined, sent: [] };
    return { dist, release: await nameRelease(config, world), copy: false, tree: "host" };
  }
  const links = linkMode(config);
  const dist = await checkDist(config.hosts[0].app, links);
  await requireRsync(world);
  const release = await nameRelease(config, world);
  sayFollowed(dist, world);
  // What rsync makes of the links it alone knows.
  return { dist, release, copy: false, tree: links === "follow" ? "host" : treeOf(dist.path) };
}

/** What comes from elsewhere becomes readable on the hosts: it is not sent without a word. */
function sayFollowed({ sent }: Dist, world: World): void {
  if (sent.length === 0) return;
  const shown = sent.slice(0, 3).map(([link, target]) => `${link} (${target})`);
  const more = sent.length > shown.length ? ` and ${sent.length - shown.length} more` : "";
  world.stdout.write(`Symlinks sent as the files they point to: ${shown.join(", ")}${more}\n`);
}

/** A version that nobody has typed is shown with where it came from. */
async function nameRelease(config: Config, world: World): Promise<Release> {
  const { version, source } = await findVersion(config);
  if (source !== undefined) world.stdout.write(`Version ${version} (${source})\n`);
  return makeRelease(version, world.now());
}

/** Has ready what else the run would wait for. */
export function readyBuild({ dist, tree }: Build): void {
  void dist.bytes;
  if (tree !== "host") tree.start();
}

/** Works out the plan of a run from what the hosts said. `plan` and `run` share it. Throws a `UserError` for what is known to fail. */
export function preparePlan(
  config: Config,
  { release: wanted, dist, copy, tree }: Build,
  surveys: readonly Survey[],
): Plan {
  const release = copy ? wanted : newRelease(wanted, surveys);
  const targets = targetsOf(config, surveys, release, copy);
  const problems = preflight(targets, dist, config.stage);
  if (problems.length > 0) throw new UserError(problems);
  // A migration ran when the release came to the others.
  const tasks = tasksOf(config).filter((each) => !(copy && each.once));
  const plan = makePlan(release, tasks, targets);
  refuseScripts(plan, config);
  refuseUnsigned(plan, config);
  const whole = withTree(plan, tree === "host" ? tree : tree.sum);
  return withWarnings(whole, preflightWarnings(targets), config.stage);
}

/** Two runs in one second would give two releases one name: the later one takes the next second that is free. */
function newRelease({ version, time }: Release, surveys: readonly Survey[]): Release {
  const taken = new Set(surveys.flatMap(({ facts }) => facts.releases.map(({ id }) => id)));
  const release = makeRelease(version, time);
  return taken.has(release.id) ? newRelease({ ...release, time: time + 1000 }, surveys) : release;
}

/** The hosts of a stage as tasks see them, with what was found there. */
export function targetsOf(
  config: Config,
  surveys: readonly Survey[],
  release: Release,
  copy = false,
): readonly Target[] {
  return surveys.map(({ place: { app, layout, connected }, facts }) => {
    const name = connected.session.host;
    const host = config.hosts.find((each) => each.host.name === name)?.host ?? { name, roles: [] };
    return makeTarget({ host, app, layout, facts }, release, copy);
  });
}

/** A plan with what else is to be known, said for this stage. */
export function withWarnings(plan: Plan, more: readonly Warning[], stage: string): Plan {
  const warnings = [...more, ...plan.warnings];
  return { ...plan, warnings: warnings.map(({ host, text }) => ({ host, text: nameStage(text, stage) })) };
}

/** Whatever the hosts are to download must be signed, where the task wants that. */
function refuseUnsigned(plan: Plan, { directory, trust }: Config): void {
  const downloads = commandsOf(plan).filter((command) => command.kind === "download");
  const asked = new Map(downloads.map((each) => [JSON.stringify([each.sha256, each.signature]), each]));
  const problems = [...asked.values()].flatMap(({ sha256, signature }) => {
    if (signature === undefined) return [];
    const signers = resolve(directory, signature.signers);
    const untrusted = fileTrustProblems(signers, "upload(): signers", trust);
    const problem = untrusted.length > 0 ? undefined : signatureProblem(sha256, signature, directory);
    return [...untrusted, ...(problem === undefined ? [] : [`upload(): ${problem}`])];
  });
  if (problems.length > 0) throw new UserError(problems);
}

function commandsOf(plan: Plan): readonly Command[] {
  return plan.phases.flatMap(({ hosts }) => hosts.flatMap(({ steps }) => steps.flatMap((step) => step.commands)));
}

/** Scripts that tasks name themselves; those of `pre` and `post` the config's own check has seen. */
function refuseScripts(plan: Plan, { directory, trust }: Config): void {
  const commands = commandsOf(plan);
  const missing = missingScripts(commands, directory).map((file) => `tasks: the script ${file} does not exist`);
  const untrusted = scriptsOf(commands, directory).flatMap((file) => fileTrustProblems(file, "tasks", trust));
  const problems = [...missing, ...untrusted, ...windowsScripts(scriptsOf(commands, directory))];
  if (problems.length > 0) throw new UserError(problems);
}

/** The scripts of these commands that are not there, each once. */
export function missingScripts(commands: readonly Command[], directory: string): readonly string[] {
  return scriptsOf(commands, directory).filter((file) => !existsSync(file));
}

function scriptsOf(commands: readonly Command[], directory: string): readonly string[] {
  const files = commands.flatMap((command) => (command.kind === "script" ? resolve(directory, command.file) : []));
  return [...new Set(files)];
}

/** Those that Windows has written. bash would take the CR for a part of each word. */
function windowsScripts(files: readonly string[]): readonly string[] {
  const found = files.filter((file) => existsSync(file) && windowsLines(readFileSync(file, "latin1")));
  return found.map((file) => sentenceOf(windowsProblem(`the script ${file}`, file)));
}
