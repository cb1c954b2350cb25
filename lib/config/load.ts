import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UserError } from "../errors.ts";
import type { Surroundings } from "./check.ts";
import { checkConfig } from "./check.ts";
import type { ClientEnv, Need } from "./environment.ts";
import { readSshHosts } from "./hosts.ts";
import { askSsh } from "./ssh-word.ts";
import { importConfig } from "./module.ts";
import { show } from "./path.ts";
import type { Config, Overrides } from "./resolved.ts";
import { stageNames } from "./settings.ts";
import type { TrustCheck } from "./trust.ts";
import { makeTrustCheck, refuseUntrustedFile, trustAll } from "./trust.ts";

/** The part of the world that a config is found in. */
export type Place = {
  readonly cwd: string;
  readonly env: ClientEnv;
  readonly home: string;
  /** `--config FILE`, from the current directory. */
  readonly file?: string | undefined;
  /** Checks a config that is named, too: for a completion, since nobody has pressed Enter yet. */
  readonly checksNamed?: boolean | undefined;
};

export type Request = Place & {
  readonly stage: string;
  readonly overrides?: Overrides | undefined;
  /** `optional` leaves out what is not set: for commands that start no service. Default: `needed`. */
  readonly secrets?: Need | undefined;
};

export const configNames = ["deploy.config.ts", "deploy.config.mts", "deploy.config.js", "deploy.config.mjs"] as const;

/** Finds, runs and checks the config, for one stage. Throws one `UserError` with all that is wrong. */
export async function loadConfig(request: Request): Promise<Config> {
  const file = await findConfig(request);
  const trust = trustCheckOf(request);
  const strictHostKeys = isCi(request.env) ? "yes" : "accept-new";
  return resolveConfig(await importConfig(file, request.cwd, trust), file, request, { trust, strictHostKeys });
}

type Care = Pick<Surroundings, "trust" | "strictHostKeys">;

/** A machine of a CI is new each time: whoever answers on the way would be accepted there, each time. */
function isCi(env: ClientEnv): boolean {
  return !["", "false", "0"].includes(env["CI"] ?? "");
}

/** Checks what was written elsewhere than in a file, as if it stood in `file`. */
export function resolveConfig(
  written: unknown,
  file: string,
  request: Request,
  care: Care = { trust: trustAll, strictHostKeys: "accept-new" },
): Promise<Config> {
  const { stage, overrides = {}, env, secrets = "needed", home, cwd } = request;
  const from = (directory: string) => (path: string) =>
    path.startsWith("~/") ? join(home, path.slice(2)) : resolve(directory, path);
  const around: Surroundings = {
    file,
    directory: dirname(file),
    env,
    secrets,
    resolve: from(dirname(file)),
    resolveFromCwd: from(cwd),
    isFile,
    ...care,
    sshHosts: (config, shown) => readSshHosts(config, shown, home, env),
    askSsh,
  };
  return checkConfig(written, stage, overrides, around);
}

/** The names of the config's stages, in their order. */
export async function loadStages(place: Place): Promise<readonly string[]> {
  return stageNames(await importConfig(await findConfig(place), place.cwd, trustCheckOf(place)));
}

/** A config is code: one that was only found must be ours. */
function trustCheckOf({ env, file, checksNamed = false }: Place): TrustCheck {
  return file === undefined || checksNamed ? makeTrustCheck(env) : trustAll;
}

/** What cosmiconfig itself reads of the current directory before it looks for anything; it runs what is a program (its `metaSearchPlaces`). */
export const cosmiconfigsOwn = [
  "package.json",
  "package.yaml",
  ...["json", "yaml", "yml", "js", "ts", "cjs", "mjs"].map((extension) => `.config/config.${extension}`),
];

/**
 * Absolute path of the config: the nearest one from `cwd` upwards, not beyond a repository or the home directory.
 * Throws a `UserError` that says where it was looked for.
 */
export async function findConfig({ cwd, home, env, file }: Place): Promise<string> {
  if (file !== undefined) {
    const path = resolve(cwd, file);
    if (existsSync(path)) return path;
    throw new UserError(`there is no config file ${show(file)} (${path})`);
  }
  // Most often it stands here: cosmiconfig need not be loaded.
  const nearest = join(cwd, configNames[0]);
  if (isFile(nearest)) return nearest;
  const trust = makeTrustCheck(env);
  for (const name of cosmiconfigsOwn) refuseUntrustedFile(join(cwd, name), "read", trust);
  const { cosmiconfig } = await import("cosmiconfig");
  // Only the place is asked of cosmiconfig: it would run a config that fails a second time, by require().
  const loaders = Object.fromEntries(
    [".ts", ".mts", ".js", ".mjs"].map((extension) => [extension, (path: string) => path]),
  );
  const searchPlaces = [...configNames];
  const explorer = cosmiconfig("bgdeploy", { searchPlaces, loaders, cache: false, ignoreEmptySearchPlaces: false });
  const directories = ancestors(cwd, home);
  for (const directory of directories) {
    const found = await explorer.search(directory);
    if (found) return found.filepath;
  }
  const last = directories.at(-1) ?? cwd;
  const above = last === cwd ? "" : ` or its parent directories up to ${last}`;
  throw new UserError([
    `there is no ${configNames[0]} (or .mts, .js, .mjs) in ${cwd}${above}.`,
    "Create one with `bgdeploy init`, or pass --config FILE.",
  ]);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function ancestors(cwd: string, home: string): readonly string[] {
  const parent = dirname(cwd);
  const isLast = cwd === home || parent === cwd || existsSync(join(cwd, ".git"));
  return isLast ? [cwd] : [cwd, ...ancestors(parent, home)];
}
