import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { ClientEnv } from "./environment.ts";
import type { SshHosts } from "./hosts.ts";
import { readSshHosts } from "./hosts.ts";
import { configNames } from "./load.ts";
import { nameProblem } from "./names.ts";
import { isObject } from "./read.ts";

/** What a directory says about an app before it has a config. */
export type Found = {
  /** The name of a config that is there already. */
  readonly config: string | undefined;
  /** The file to write: TypeScript that Node takes for a module, also where package.json says CommonJS. */
  readonly file: string;
  /** The package's name, or the directory's, where one will do for an app. */
  readonly app: string | undefined;
  /** Directories that hold a `bin`, and the programs in each. */
  readonly builds: readonly { readonly dist: string; readonly programs: readonly string[] }[];
  /** Does package.json have a script `build`? */
  readonly hasBuildScript: boolean;
  /** An ssh_config of the project's own. */
  readonly sshConfig: string | undefined;
};

const usualBuilds = ["dist", "build", "out", "release"];
const usualSshConfigs = ["infra/ssh_config", "ssh_config", "deploy/ssh_config"];

/** Looks around in a directory, and changes nothing. */
export async function lookAround(directory: string): Promise<Found> {
  const text = await readFile(join(directory, "package.json"), "utf8").catch(() => "{}");
  const manifest = parse(text);
  const { name, scripts, type } = manifest;
  const names = [typeof name === "string" ? name.replace(/^@[^/]*\//, "") : "", basename(directory)];
  const builds = await Promise.all(
    usualBuilds.map(async (dist) => ({ dist, programs: await readdir(join(directory, dist, "bin")).catch(() => []) })),
  );
  return {
    config: configNames.find((each) => existsSync(join(directory, each))),
    file: type === "commonjs" ? "deploy.config.mts" : "deploy.config.ts",
    app: names.find((each) => nameProblem(each) === undefined),
    builds: builds.filter(({ programs }) => programs.length > 0),
    hasBuildScript: isObject(scripts) && typeof scripts["build"] === "string",
    sshConfig: usualSshConfigs.find((each) => existsSync(join(directory, each))),
  };
}

/** The hosts of an ssh_config below `directory`, or of ssh's own; `offered` are those that do not only lead to others. */
export async function knownHosts(
  directory: string,
  sshConfig: string | undefined,
  home: string,
  env: ClientEnv,
): Promise<{ readonly ssh: SshHosts; readonly offered: readonly string[] }> {
  const path = sshConfig === undefined ? undefined : resolve(directory, sshConfig);
  const ssh = await readSshHosts(path, sshConfig, home, env);
  const text = await readFile(path ?? join(home, ".ssh/config"), "utf8").catch(() => "");
  const lists = [...text.matchAll(/^\s*ProxyJump[\s=]+(\S+)/gim)].flatMap(([, list = ""]) => list.split(","));
  const jumps = lists.map((jump) => jump.replaceAll(/^.*@|:\d+$/g, ""));
  return { ssh, offered: ssh.names.filter((name) => !jumps.includes(name)) };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
