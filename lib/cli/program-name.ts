import { verbs } from "./verbs.ts";
import type { World } from "./world.ts";

type Env = World["env"];

const starters: readonly (readonly [RegExp, string])[] = [
  [/^npm\//, "npx bgdeploy"],
  [/^pnpm\//, "pnpm exec bgdeploy"],
  [/^yarn\//, "yarn bgdeploy"],
];

/**
 * What starts this program where it was started: a package manager finds it in node_modules, a shell does not.
 * The user agent is what all of them set, in scripts too; the other variables name the outermost of several.
 */
export function programOf(env: Env): string {
  const agent = env["npm_config_user_agent"] ?? "";
  return starters.find(([pattern]) => pattern.test(agent))?.[1] ?? "bgdeploy";
}

const advised = new RegExp(
  `(?<![\\w/-])bgdeploy (?=(?:${verbs.map(({ name }) => name).join("|")}|--help)(?![\\w-]))`,
  "g",
);

/** Advice, with the commands as they can be typed here. */
export function typedAs(advice: string, env: Env): string {
  return advice.replace(advised, `${programOf(env)} `);
}
