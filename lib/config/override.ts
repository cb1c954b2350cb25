import { envNameProblem, lineProblem, versionProblem } from "./names.ts";
import type { Layer } from "./layers.ts";
import { say } from "./path.ts";
import type { Overrides } from "./resolved.ts";

/** What the command line says, as the last layer of settings, named by its flags in messages. */
export function readOverrides(
  { version, dist, env }: Overrides,
  resolve: (path: string) => string,
): { readonly layer: Layer; readonly problems: readonly string[] } {
  const names = Object.keys(env ?? {});
  const problems = [
    ...sayIf("--version", version === undefined ? undefined : versionProblem(version)),
    ...sayIf(
      "--dist",
      dist === undefined ? undefined : dist === "" ? "expected a path, found an empty string" : lineProblem(dist),
    ),
    ...names.flatMap((name) => sayIf("-e", envNameProblem(name))),
  ];
  const sound = Object.entries(env ?? {}).filter(([name]) => envNameProblem(name) === undefined);
  return {
    layer: {
      settings: { version, dist: dist === undefined ? undefined : resolve(dist), env: Object.fromEntries(sound) },
      place: (key, name = "") => (key === "env" ? `-e ${name}` : `--${key}`),
    },
    problems,
  };
}

function sayIf(flag: string, problem: string | undefined): readonly string[] {
  return problem === undefined ? [] : [say(flag, problem)];
}
