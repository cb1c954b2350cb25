import { UserError } from "../errors.ts";
import type { Hook } from "../model/hook.ts";
import type { SshSettings } from "../model/ssh-settings.ts";
import { resolveApp } from "./app.ts";
import type { ClientEnv, Need } from "./environment.ts";
import type { ExpandedHost } from "./expand.ts";
import { doubtfulNames, sampleName, enumerate, expandHosts, globWarnings } from "./expand.ts";
import type { SshHosts } from "./hosts.ts";
import type { Layer } from "./layers.ts";
import { layer, pick } from "./layers.ts";
import { readOverrides } from "./override.ts";
import { say, show } from "./path.ts";
import type { Config, ConfiguredHost, Overrides } from "./resolved.ts";
import { resolveRolling } from "./rolling.ts";
import { selectHosts } from "./select.ts";
import type { SoundConfig } from "./settings.ts";
import { readSettings, stageNames } from "./settings.ts";
import { resolveSsh } from "./ssh.ts";
import { sourcesOf } from "./sources.ts";
import type { SshWord } from "./ssh-word.ts";
import { unasked } from "./ssh-word.ts";
import { isObject } from "./read.ts";
import { didYouMean } from "./suggest.ts";
import type { TrustCheck } from "./trust.ts";
import { fileTrustProblems } from "./trust.ts";

/** Where a config stands, and what the check asks of this machine. */
export type Surroundings = {
  /** Absolute path of the config. */
  readonly file: string;
  /** Absolute path of its directory. */
  readonly directory: string;
  readonly env: ClientEnv;
  readonly secrets: Need;
  /** Makes a path from the config absolute. */
  readonly resolve: (path: string) => string;
  /** Makes a path from the command line absolute. */
  readonly resolveFromCwd: (path: string) => string;
  readonly isFile: (path: string) => boolean;
  /** Of the files that the config names, and that are run or believed. */
  readonly trust: TrustCheck;
  /** What becomes of unknown host keys where the config pins none. */
  readonly strictHostKeys: SshSettings["strictHostKeys"];
  readonly sshHosts: (file: string | undefined, shown: string | undefined) => Promise<SshHosts>;
  /** Asks ssh about hosts that the file's text says nothing of. */
  readonly askSsh: (names: readonly string[], ssh: SshSettings) => Promise<SshWord>;
};

/**
 * What was written, as one stage of it is meant: checked as a whole, with every default filled in.
 *
 * Throws one `UserError` that holds every problem.
 */
export async function checkConfig(
  written: unknown,
  stage: string,
  overrides: Overrides,
  around: Surroundings,
): Promise<Config> {
  const reading = readSettings(written, "");
  const unknown = stageProblem(written, stage, around.file);
  const commandLine = readOverrides(overrides, around.resolveFromCwd);
  const ofStage = Object.hasOwn(reading.value?.stages ?? {}, stage) ? reading.value?.stages?.[stage] : undefined;
  const known = [...reading.problems, ...unknown, ...commandLine.problems];
  if (reading.value === undefined || ofStage === undefined) throw new UserError(known);

  const layers = [layer("", topOf(reading.value)), layer(`stages.${stage}`, ofStage)];
  const ssh = resolveSsh(layers, around.resolve, around.strictHostKeys);
  const sshHosts = await around.sshHosts(ssh.settings.configFile, ssh.written);
  const entries = ofStage.hosts ?? [];
  const doubtful = doubtfulNames(entries, sshHosts);
  const sample = sshHosts.isExplicit && sshHosts.unclear.length > 0 ? sampleName(entries, sshHosts) : [];
  const asked = doubtful.length > 0 ? doubtful : sample;
  const word = asked.length > 0 ? await around.askSsh(asked, ssh.settings) : unasked;
  const expanded = expandHosts(entries, sshHosts, word);
  const selected = selectHosts(expanded.hosts, stage, overrides);
  const apps = selected.hosts.map((host) =>
    configureHost(host, [...layers, ...hostLayers(host), commandLine.layer], stage, around),
  );
  const pre = resolveScript("pre", layers, around);
  const post = resolveScript("post", layers, around);
  const problems = new Set([
    ...known,
    ...ssh.problems,
    ...(sshHosts.problem === undefined ? [] : [say(ssh.place, sshHosts.problem)]),
    ...(word.refused === undefined ? [] : [say(ssh.place, `ssh refuses ${sshHosts.shown}: ${word.refused}`)]),
    ...fileTrustProblems(ssh.settings.configFile, ssh.place, around.trust),
    ...fileTrustProblems(ssh.settings.knownHosts, ssh.pinsPlace, around.trust),
    ...expanded.problems,
    ...selected.problems,
    ...apps.flatMap((each) => each.problems),
    ...[pre, post].flatMap((each) => each.problems),
  ]);
  const [first, ...others] = apps.map((each) => each.host);
  if (problems.size > 0 || first === undefined) throw new UserError([...problems]);
  return {
    file: around.file,
    directory: around.directory,
    stage,
    hosts: [first, ...others],
    ssh: ssh.settings,
    rolling: resolveRolling(layers),
    tasks: pick(layers, "tasks")?.value,
    pre: pre.script,
    post: post.script,
    version: pick([...layers, commandLine.layer], "version")?.value,
    url: pick(layers, "url")?.value,
    trust: around.trust,
    warnings: globWarnings(entries, sshHosts),
  };
}

function stageProblem(written: unknown, stage: string, file: string): readonly string[] {
  const names = stageNames(written);
  if (names.length === 0 || names.includes(stage)) return [];
  const shown = file.slice(file.lastIndexOf("/") + 1);
  return [
    `no stage ${show(stage)} in ${shown}.${didYouMean(stage, names)} It has: ${enumerate(names)}${hostHint(written, stage)}`,
  ];
}

/** Where a stage can be left out, the first word may have been meant for a host. */
function hostHint(written: unknown, word: string): string {
  const stages = isObject(written) && isObject(written["stages"]) ? Object.entries(written["stages"]) : [];
  const found = stages.find(
    ([, stage]) => isObject(stage) && Array.isArray(stage["hosts"]) && stage["hosts"].some((each) => each === word),
  );
  return found === undefined
    ? ""
    : `. ${show(word)} is a host: type ${found[0]} --only ${word} (ssh: ${found[0]} ${word})`;
}

function topOf({ stages: _stages, ...settings }: SoundConfig): Omit<SoundConfig, "stages"> {
  return settings;
}

function hostLayers({ entries }: ExpandedHost): readonly Layer[] {
  return entries.map(({ path, env, ports }) => layer(path, { env, ports }));
}

function configureHost(
  { name, entries }: ExpandedHost,
  layers: readonly Layer[],
  stage: string,
  { directory, env, secrets, resolve }: Surroundings,
): { readonly host: ConfiguredHost; readonly problems: readonly string[] } {
  const { app, problems } = resolveApp(layers, { host: name, stage, directory, client: env, secrets, resolve });
  const roles = entries.findLast((entry) => entry.roles !== undefined)?.roles ?? [];
  return { host: { host: { name, roles }, app, sources: sourcesOf(layers) }, problems };
}

function resolveScript(
  key: "pre" | "post",
  layers: readonly Layer[],
  { resolve, isFile, trust }: Surroundings,
): { readonly script: Hook | string | undefined; readonly problems: readonly string[] } {
  const setting = pick(layers, key);
  if (setting === undefined) return { script: undefined, problems: [] };
  const tasks = pick(layers, "tasks");
  const beside =
    tasks === undefined
      ? []
      : [say(setting.place, `cannot be combined with ${tasks.place}. Add hooks.${key}(…) to the tasks`)];
  if (typeof setting.value !== "string") return { script: setting.value, problems: beside };
  const script = resolve(setting.value);
  const missing = isFile(script) ? [] : [say(setting.place, `there is no file ${show(setting.value)} (${script})`)];
  return { script, problems: [...beside, ...missing, ...fileTrustProblems(script, setting.place, trust)] };
}
