import type { ExitCode } from "../../errors.ts";
import { UserError, exitCodes } from "../../errors.ts";
import type { Config } from "../../config/resolved.ts";
import { makeRelease, parseReleaseId } from "../../model/release.ts";
import type { Target } from "../../model/target.ts";
import type { Plan } from "../../plan/plan.ts";
import { describeSlot } from "../../plan/describe.ts";
import { sayTogether } from "../../plan/host-list.ts";
import { makePlan } from "../../plan/plan.ts";
import { preflightAgain, preflightAgainWarnings } from "../../plan/preflight.ts";
import {
  listeningAs,
  refuseDifference,
  refuseRollback,
  rollbackId,
  sameVersionWarning,
} from "../../plan/rollback-target.ts";
import { refuseForeignSwitch } from "../../plan/unswitched.ts";
import type { Survey } from "../../remote/survey.ts";
import { recover, rollback as rollbackTasks } from "../../../recipes/index.ts";
import { agreed } from "../agreed.ts";
import { conduct } from "../conduct.ts";
import type { Intent } from "../intent.ts";
import { valueOf } from "../intent.ts";
import { look } from "../look.ts";
import { targetsOf, withWarnings } from "../prepare.ts";
import { preview } from "../preview.ts";
import { loadStage, switchMode, tasksOf } from "../stage.ts";
import type { World } from "../world.ts";

/** `bgdeploy rollback`: the last good release, or the one that `--to` names, live again. */
export async function rollback(intent: Intent, world: World): Promise<ExitCode> {
  const config = await loadStage(intent, world, "optional");
  refuseForeignSwitch(tasksOf(config), config.stage);
  const to = valueOf(intent, "to");
  let shown: string | undefined;
  const plan = (surveys: readonly Survey[]): Plan => {
    const made = planRollback(config, surveys, to, world.now());
    if (shown === undefined || shown === movesOf(made)) return made;
    throw new UserError("Nothing was changed: another run has deployed since this was shown");
  };
  const isVague = intent.isStageLeftOut === true && to === undefined && !intent.switches.has("yes");
  if (isVague && !intent.switches.has("dry-run")) {
    // Whoever types neither where nor to what may not know yet what it does.
    if (!world.interactive) {
      throw new UserError("No terminal to prompt on; pass --yes, or name the stage: bgdeploy rollback <stage>");
    }
    shown = await look(config, world, (surveys) => movesOf(planRollback(config, surveys, to, world.now())));
    world.stderr.write(shown);
    if (!(await agreed(intent, world, "Roll back?"))) return exitCodes.usage;
  }
  if (!intent.switches.has("dry-run")) {
    return conduct(
      { config, action: "rollback", purpose: `a rollback to ${to ?? "the release before"}`, plan },
      intent,
      world,
    );
  }
  return preview(config, intent, world, plan);
}

function planRollback(config: Config, surveys: readonly Survey[], to: string | undefined, now: number): Plan {
  const found = targetsOf(config, surveys, makeRelease("rollback", now));
  const ids = found.map((target) => rollbackId(target, to));
  const unnamed = found.map((target, index) => listeningAs(target, ids[index]));
  const problems = preflightAgain(unnamed, config.stage);
  if (problems.length > 0) throw new UserError(problems);
  const without = unnamed.filter((_, index) => ids[index] === undefined);
  if (without.length > 0) throw refuseRollback(without, to);
  const same = unnamed.filter(
    (target, index) => target.live !== undefined && ids[index] === target.facts.links[target.live],
  );
  if (same.length > 0) throw new UserError(same.map(({ host }) => `${host.name}: ${to} is already live`));
  const targets = unnamed.map((target, index) => ({
    ...target,
    release: parseReleaseId(ids[index] ?? "") ?? target.release,
  }));
  const difference = refuseDifference(targets);
  if (difference) throw difference;
  const release = targets[0]?.release ?? makeRelease("rollback", now);
  const plan = makePlan(release, [...recover(), ...rollbackTasks({ mode: switchMode(config) })], targets);
  const again = to === undefined ? targets.flatMap((target) => sameVersion(target)) : [];
  return withWarnings(plan, [...preflightAgainWarnings(targets), ...differences(targets), ...again], config.stage);
}

/** From what to what each host goes. */
function movesOf({ targets }: Plan): string {
  const all = targets.map(({ host }) => host.name);
  const moves = targets.map(({ host, facts, live, idle, release }) => {
    const from = describeSlot(live && facts.links[live], live) ?? "nothing live";
    return { host: host.name, text: `${from} → ${describeSlot(release.id, idle) ?? release.id}` };
  });
  return sayTogether(moves, all)
    .map((line) => `${line}\n`)
    .join("");
}

function sameVersion(target: Target): Plan["warnings"] {
  const text = sameVersionWarning(target);
  return text === undefined ? [] : [{ host: target.host.name, text }];
}

function differences(
  targets: readonly { readonly host: { readonly name: string }; readonly release: { readonly id: string } }[],
): Plan["warnings"] {
  const ids = new Set(targets.map(({ release }) => release.id));
  if (ids.size < 2) return [];
  return targets.map(({ host, release }) => ({
    host: host.name,
    text: `goes back to ${release.id}; the hosts differ`,
  }));
}
