import * as assert from "uvu/assert";
import type { Lab } from "../lab/lab.ts";
import type { Suite } from "../lab/debian.ts";
import { startLab } from "../lab/lab.ts";
import type { Ended } from "./bgdeploy.ts";
import type { Project, ProjectOptions } from "./project.ts";
import { aProject } from "./project.ts";

/** A lab and the projects that a file of tests deploys to it. */
export type Scene = {
  readonly lab: Lab;
  readonly project: Project;
  readonly hosts: readonly string[];
  end(): Promise<void>;
};

export type SceneOptions = Omit<ProjectOptions, "lab"> & {
  readonly machines?: number;
  readonly setUp?: boolean;
  readonly suite?: Suite;
};

/** Boots hosts, makes a project for them, and prepares them with `bgdeploy setup`. */
export async function aScene(label: string, options: SceneOptions = {}): Promise<Scene> {
  const { machines = 1, setUp = true, suite, ...rest } = options;
  const lab = await startLab({ hosts: machines, name: `e2e-${label}`, ...(suite && { suite }) });
  const project = await aProject({ lab, ...rest });
  if (setUp) succeeded(await project.run("setup", "production", "--as", "root", "--yes"));
  return {
    lab,
    project,
    hosts: lab.hosts.map(({ name }) => name),
    async end() {
      await project.remove();
      await lab.down();
    },
  };
}

/** Exit code 0; else the test fails and shows what was said. */
export function succeeded(run: Ended): Ended {
  return ended(run, 0);
}

export function ended(run: Ended, code: number): Ended {
  assert.is(run.code, code, `exit code ${run.code}, not ${code}:\n${run.stdout}${run.stderr}`);
  return run;
}
