import type { Config } from "../../config/resolved.ts";
import type { ExitCode } from "../../errors.ts";
import { UserError } from "../../errors.ts";
import { makeRelease } from "../../model/release.ts";
import type { Plan } from "../../plan/plan.ts";
import { makePlan } from "../../plan/plan.ts";
import { preflightAgain, preflightAgainWarnings } from "../../plan/preflight.ts";
import { differentReleases, withLiveReleases } from "../../plan/restart-release.ts";
import { refuseUnswitched } from "../../plan/unswitched.ts";
import type { Survey } from "../../remote/survey.ts";
import { recover, restart as restartTasks } from "../../../recipes/index.ts";
import { conduct } from "../conduct.ts";
import type { Intent } from "../intent.ts";
import { targetsOf, withWarnings } from "../prepare.ts";
import { preview } from "../preview.ts";
import { loadStage, tasksOf } from "../stage.ts";
import type { World } from "../world.ts";

/** `bgdeploy restart`: the release that is live on each host, with the config's environment and unit, without a lost request. */
export async function restart(intent: Intent, world: World): Promise<ExitCode> {
  const config = await loadStage(intent, world, "needed");
  const options = { hooks: intent.switches.has("hooks") };
  const all = tasksOf(config);
  const kept = restartTasks(all, options);
  refuseUnswitched(
    kept,
    "restart",
    all.filter((each) => !kept.includes(each)),
  );
  const plan = (surveys: readonly Survey[]): Plan => planRestart(config, surveys, options, world.now());
  if (!intent.switches.has("dry-run"))
    return conduct({ config, action: "restart", purpose: "a restart", plan }, intent, world);
  return preview(config, intent, world, plan);
}

function planRestart(
  config: Config,
  surveys: readonly Survey[],
  options: { readonly hooks: boolean },
  now: number,
): Plan {
  const unnamed = targetsOf(config, surveys, makeRelease("restart", now)).map((target) => ({
    ...target,
    // What runs with the old environment is nothing to go back to.
    app: { ...target.app, keepPrevious: "stopped" as const },
  }));
  const problems = preflightAgain(unnamed, config.stage);
  if (problems.length > 0) throw new UserError(problems);
  const targets = withLiveReleases(unnamed);
  const release = targets[0]?.release ?? makeRelease("restart", now);
  const plan = makePlan(release, [...recover(), ...restartTasks(tasksOf(config), options)], targets);
  return withWarnings(plan, [...preflightAgainWarnings(targets), ...differentReleases(targets)], config.stage);
}
