import { rmSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Lab } from "../lab/lab.ts";
import type { Ended } from "./bgdeploy.ts";
import { bgdeploy, program } from "./bgdeploy.ts";

export type ProjectOptions = {
  readonly lab: Pick<Lab, "sshConfig">;
  /**
   * TypeScript in the object that `defineConfig` is given, after `...example`, which the example app needs. `hook`,
   * `task` and all recipes are imported.
   */
  readonly settings?: string;
  /** The hosts of the stage `production`. Default: all, as `deploy` through the bastion. */
  readonly hosts?: readonly (string | { readonly name: string; readonly [key: string]: unknown })[];
  /** Further files, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** The directory's name, and so the app's. */
  readonly name?: string;
  /** Variables that bgdeploy is started with. */
  readonly env?: Readonly<Record<string, string>>;
};

/** A directory with a `deploy.config.ts` and a build of the example app, as a user of bgdeploy has one. */
export type Project = {
  readonly directory: string;
  /** `bgdeploy …` in this directory. */
  run(...words: readonly string[]): Promise<Ended>;
  /** The same, with these variables too. */
  runWith(env: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Ended>;
  /** Builds this version into `dist`, and runs `bgdeploy run production --version …`. */
  deploy(version: string, ...flags: readonly string[]): Promise<Ended>;
  /** Puts a build of this version into `dist`. */
  build(version: string): Promise<void>;
  /** Writes the config anew, or other files. */
  write(change: Pick<ProjectOptions, "settings" | "hosts" | "files">): Promise<void>;
  remove(): Promise<void>;
};

export async function aProject(options: ProjectOptions): Promise<Project> {
  const { lab, name = "link-shortener", env = {} } = options;
  const parent = await mkdtemp(join(tmpdir(), "bgdeploy-e2e-"));
  const directory = join(parent, name);
  const run = (...words: readonly string[]): Promise<Ended> => bgdeploy(words, { cwd: directory, env });
  const build = async (version: string): Promise<void> => {
    await rm(join(directory, "dist"), { recursive: true, force: true });
    await cp(await builtApp(), join(directory, "dist"), { recursive: true });
    await writeFile(join(directory, "dist/VERSION"), `${version}\n`);
  };
  const project: Project = {
    directory,
    run,
    runWith: (more, ...words) => bgdeploy(words, { cwd: directory, env: { ...env, ...more } }),
    build,
    async deploy(version, ...flags) {
      await build(version);
      return run("run", "production", "--version", version, ...flags);
    },
    async write(change) {
      const { settings = "", hosts = ["private-h*"], files = {} } = change;
      const all = { "deploy.config.ts": configSource(lab.sshConfig, hosts, settings), ...files };
      for (const [path, content] of Object.entries(all)) {
        await mkdir(dirname(join(directory, path)), { recursive: true });
        await writeFile(join(directory, path), content);
      }
    },
    remove: () => rm(parent, { recursive: true, force: true }),
  };
  await project.write(options);
  await build("v0");
  return project;
}

function configSource(sshConfig: string, hosts: NonNullable<ProjectOptions["hosts"]>, settings: string): string {
  return `import { defineConfig, hook, shell, sh, sudo, task } from "bgdeploy";
import { deploy, health, hooks, nginx, prune, systemd, upload } from "bgdeploy/recipes";
void [hook, shell, sh, sudo, task, deploy, health, hooks, nginx, prune, systemd, upload];

const example = {
  health: { http: "/healthz", timeout: "30s", settle: "0s" },
  env: { LINK_SHORTENER_DATA: "/var/lib/link-shortener/links.ndjson" },
  state: true,
} as const;

export default defineConfig({
  sshConfig: ${JSON.stringify(sshConfig)},
  stages: { production: { hosts: ${JSON.stringify(hosts)} } },
  ...example,
  ${settings}
});
`;
}

let built: Promise<string> | undefined;

/** The example app, built once for this process. Two builds of one source are the same bytes but for the version. */
function builtApp(): Promise<string> {
  built ??= (async () => {
    const out = await mkdtemp(join(tmpdir(), "bgdeploy-e2e-app-"));
    process.once("exit", () => rmSync(out, { recursive: true, force: true }));
    const source = fileURLToPath(new URL("../../examples/link-shortener/build.ts", import.meta.url));
    const { code, stdout } = await program([process.execPath, source, out], {
      cwd: dirname(source),
      env: { VERSION: "v0" },
    });
    if (code !== 0) throw new Error(`the example app was not built: ${stdout}`);
    return out;
  })();
  return built;
}
