import { openFiles } from "../../doctor/files.ts";
import { UserError, exitCodes } from "../../errors.ts";
import type { Command } from "../../model/command.ts";
import { makeRelease } from "../../model/release.ts";
import type { Target } from "../../model/target.ts";
import { variants } from "../../model/variant.ts";
import { describe } from "../../plan/describe.ts";
import type { Plan } from "../../plan/plan.ts";
import { makePlan } from "../../plan/plan.ts";
import { acquire, acquireRest, release } from "../../remote/acquire.ts";
import type { Survey } from "../../remote/survey.ts";
import { errorSentence } from "../../report/failure.ts";
import { execute } from "../../run/execute.ts";
import type { Leftovers } from "../../../recipes/index.ts";
import { repair } from "../../../recipes/index.ts";
import type { Config } from "../../config/resolved.ts";
import { agreed } from "../agreed.ts";
import { openDoors } from "../doors.ts";
import type { Fleet } from "../fleet.ts";
import { holderOf } from "../holder.ts";
import type { Intent } from "../intent.ts";
import { hearInterrupts } from "../interrupt.ts";
import { nameStage } from "../name-stage.ts";
import { targetsOf } from "../prepare.ts";
import { makeReporter } from "../reporter.ts";
import { refuseUntrustedWays } from "../trusted.ts";
import type { World } from "../world.ts";
import type { Examined } from "./hosts.ts";

type Work = { readonly config: Config; readonly fleet: Fleet; readonly examined: readonly Examined[] };

/**
 * Mends what is safe to mend, under the locks: shows it, asks, does it. Says whether anything was done. Throws a
 * `UserError` where a host is locked, or where a step fails.
 */
export async function fix(work: Work, intent: Intent, world: World): Promise<boolean> {
  const { config, fleet, examined } = work;
  const targets = examined.map(({ target }) => target);
  const first = planRepair(targets, examined, world);
  world.stdout.write(preview(first, config.stage));
  if (first.plan.phases.length === 0 || !(await agreed(intent, world))) return false;

  const hosts = new Set(first.plan.phases.flatMap((phase) => phase.hosts.map(({ target }) => target.host.name)));
  const places = fleet.places.filter(({ connected }) => hosts.has(connected.session.host));
  const holder = holderOf(world, "doctor --fix");
  let holds = false;
  const reporter = makeReporter(intent, world, config);
  const interrupts = hearInterrupts(
    world,
    { ...fleet, places },
    { ...reporter, holds: () => (holds ? holder.run : undefined), going: { rolling: false, alone: false } },
  );
  let surveys: readonly Survey[] = [];
  let doors: ReturnType<typeof openDoors> | undefined;
  try {
    const locking = { ...world, holder, patience: 0, waiting: () => {}, interrupted: interrupts.signal };
    surveys = await acquire(places, locking);
    refuseUntrustedWays(surveys);
    await acquireRest(surveys, locking);
    holds = true;
    // Since it was shown another run may have come and gone.
    const { plan } = planRepair(targetsOf(config, surveys, makeRelease("doctor", world.now())), examined, world);
    doors = openDoors(fleet, surveys, config, holder, world, interrupts.signal);
    const { hosts: progress } = await execute(plan, {
      doors,
      emit: reporter.emit,
      now: world.now,
      draw: reporter.draw,
      interrupted: interrupts.signal,
      describe,
    });
    if (interrupts.signal.aborted) throw new UserError("Interrupted", { exitCode: exitCodes.interrupted });
    const failures = progress.flatMap(({ target: { host }, failures: mine }) =>
      mine.map(({ task, error }) => `${host.name}: ${task}: ${errorSentence(error, host.name)}`),
    );
    if (failures.length > 0) throw new UserError(failures, { exitCode: exitCodes.failed });
    return true;
  } finally {
    interrupts.stop();
    release(surveys, false);
    await doors?.close();
  }
}

type Repair = { readonly plan: Plan; readonly refusals: readonly string[] };

/** A host whose rules do not allow its repair is left out, and said. */
function planRepair(targets: readonly Target[], examined: readonly Examined[], world: World): Repair {
  // Nothing here is undone: what one host cannot do keeps none of the others from going on.
  const tasks = repair((target) => leftoversOf(target, examined)).map((each) => ({ ...each, commits: true }));
  const refusals: string[] = [];
  const able = targets.filter((target) => {
    try {
      makePlan(target.release, tasks, [target]);
      return true;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refusals.push(...error.problems);
      return false;
    }
  });
  return { plan: makePlan(makeRelease("doctor", world.now()), tasks, able), refusals };
}

function leftoversOf({ host, facts }: Target, examined: readonly Examined[]): Leftovers {
  const exam = examined.find(({ target }) => target.host.name === host.name)?.exam;
  if (exam === undefined) return { partials: [], open: [], failed: [] };
  const ours = openFiles(exam).filter(({ owner }) => owner === facts.user.name || facts.sudo.kind === "root");
  return {
    partials: exam.partials,
    open: ours.map(({ path, closed }) => ({ path, mode: closed })),
    failed: variants.filter((variant) => facts.units[variant].active === "failed"),
  };
}

/** Scripts that wait for something are long: what they are for is enough. */
function brief(command: Command, target: Target): string {
  const text = describe(command, target);
  return command.kind === "shell" && (text.includes("\n") || text.length > 120) ? `# ${command.title}` : text;
}

function preview({ plan, refusals }: Repair, stage: string): string {
  const lines = plan.targets.flatMap((target) => {
    const steps = plan.phases.flatMap(({ hosts }) =>
      hosts.filter((each) => each.target === target).flatMap((each) => each.steps),
    );
    if (steps.length === 0) return [];
    const commands = steps.flatMap((step) => [
      `  ${step.task.title}`,
      ...step.commands.map((command) => `    ${brief(command, target)}`),
    ]);
    return [`${target.host.name}: will be fixed:`, ...commands];
  });
  const left = [...refusals, ...plan.warnings.map(({ host, text }) => `${host}: ${text}`)].map((text) =>
    nameStage(text, stage),
  );
  const nothing = plan.phases.length === 0 ? ["Nothing that --fix can fix."] : [];
  return `\n${[...lines, ...left, ...nothing].join("\n")}\n`;
}
