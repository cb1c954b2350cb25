import { SessionLostError } from "../errors.ts";
import type { Plan, Step } from "../plan/plan.ts";
import { phaseName } from "../plan/phase-name.ts";
import { taskTitle } from "../plan/title.ts";
import type { RunEffects } from "./effects.ts";
import type { Leg, StepEnd } from "./leg.ts";
import { makeLeg } from "./leg.ts";
import type { DrawnStep, Tell } from "./list.ts";
import type { Performance } from "./perform.ts";
import { perform, reconnect } from "./perform.ts";
import { announcePhases, undoPhase } from "./phases.ts";
import type { Progress, Wave } from "./progress.ts";
import { hasFailed, isPastReturn, startProgress } from "./progress.ts";
import type { UndoStep } from "./undo.ts";
import { stepsToUndo } from "./undo.ts";

/**
 * Runs a plan: phase after phase, in each all hosts at once. When a step fails, or someone interrupts, every host
 * finishes what it is running, and what was begun is undone, latest first; but once a final step has begun the new
 * version stays, and what still can be done is done.
 */
export async function execute(plan: Plan, world: RunEffects): Promise<Wave> {
  const effects = { ...world, emit: announcePhases(plan, world.emit) };
  const all = plan.targets.map((target) => startProgress(target, effects.now()));
  const stopped = (): boolean => !isPastReturn(all) && (hasFailed(all) || effects.interrupted.aborted);

  /** Is all about to be undone, since a host has failed? */
  const isOver = (): boolean => hasFailed(all) && stopped() && !effects.interrupted.aborted;
  let isTold = false;
  /** Other hosts may wait for half a minute for what is about to be undone. */
  function endWaits(): void {
    if (isTold) return;
    isTold = true;
    for (const { target, failures } of all) if (failures.length === 0) void effects.doors.nudge(target.host.name);
  }

  function legOf(steps: readonly Step[], target: Progress["target"]): Leg {
    const progress = progressOf(all, target.host.name);
    const { ahead = true } = effects;
    return makeLeg(steps, {
      ahead,
      alone: plan.targets.length === 1,
      begin: async (step, turn, tell) => {
        const end = await beginStep(step, progress, { undo: false, tell, effects, turn, isOver });
        if (end === "failed" && isOver()) endWaits();
        return end;
      },
      // A host that failed does nothing more; the others stop as long as all can be undone.
      mayBegin: () => progress.failures.length === 0 && !stopped(),
    });
  }
  // One host alone has nobody to wait for at a barrier.
  const [only, ...others] = plan.targets;
  const everyStep = plan.phases.flatMap((phase) => phase.hosts.flatMap(({ steps }) => steps));
  const through = only && others.length === 0 ? legOf(everyStep, only) : undefined;

  await effects.draw(
    plan.phases.map((phase) => {
      const hosts = phase.hosts.map(({ target, steps }) => ({ target, steps, leg: through ?? legOf(steps, target) }));
      return {
        title: phaseName(phase),
        skip: async () =>
          stopped() && !(await isAny(hosts.flatMap(({ steps, leg }) => steps.map((step) => leg.runs(step))))),
        hosts: hosts.map(({ target, steps, leg }) => ({
          name: target.host.name,
          steps: steps.map((step) => ({ title: taskTitle(step.task), run: (tell: Tell) => leg.run(step, tell) })),
        })),
      };
    }),
  );
  if (stopped()) await undoAll(all, effects);
  // Only now it may be known of a host that was lost.
  return { hosts: all, kept: !stopped() };
}

/** Is one of them true? Known as soon as the first is. */
function isAny(answers: readonly Promise<boolean>[]): Promise<boolean> {
  const yes = answers.map(async (answer) => (await answer) || Promise.reject(new Error("no")));
  return Promise.any(yes).catch(() => false);
}

/** A step counts as begun as soon as it is sent: where the connection is lost, nobody knows how far the host came. */
async function beginStep(step: Step, progress: Progress, performance: Performance): Promise<StepEnd> {
  const { begun } = progress;
  if (!begun.includes(step)) begun.push(step);
  const end = await perform(step, step.commands, progress, performance);
  if (end === "skipped") begun.splice(begun.indexOf(step), 1);
  // Lost while it was on its way: whether it began is seen by what failed before it, or by trying it.
  return end === "lost" || end === "ended" ? "skipped" : end;
}

/** Puts back what every host has begun. A host whose undo fails stops there: what is left depends on it. */
async function undoAll(all: readonly Progress[], effects: RunEffects): Promise<void> {
  const hosts = all.filter(({ begun }) => begun.length > 0);
  if (hosts.length === 0) return;
  const blocked = new Set<Progress>();
  effects.emit(undoPhase(hosts));
  await effects.draw([
    {
      title: "undo",
      skip: () => false,
      hosts: hosts.map((progress) => ({
        name: progress.target.host.name,
        steps: [
          ...reconnectStep(progress, blocked, effects),
          ...stepsToUndo(progress.begun).map((each) => undoStep(each, progress, blocked, effects)),
        ],
      })),
    },
  ]);
  for (const progress of all) progress.undone = !hasUndoFailed(progress) && !progress.committed;
}

function undoStep(
  { step, commands }: UndoStep,
  progress: Progress,
  blocked: Set<Progress>,
  effects: RunEffects,
): DrawnStep {
  return {
    title: taskTitle(step.task, { undo: true }),
    run: async (tell) => {
      if (blocked.has(progress) || progress.committed) return "skipped";
      const end = await perform(step, commands, progress, { undo: true, tell, effects });
      if (end === "done" || end === "skipped") return end;
      blocked.add(progress);
      return "failed";
    },
  };
}

/** A host whose connection was lost is locked and read again first: another run may have been there. */
function reconnectStep(progress: Progress, blocked: Set<Progress>, effects: RunEffects): readonly DrawnStep[] {
  if (!progress.failures.some(({ error }) => error instanceof SessionLostError)) return [];
  return [
    {
      title: "reconnect",
      run: async (tell) => {
        const end = await reconnect(progress, effects, tell);
        if (end === "failed") blocked.add(progress);
        return end;
      },
    },
  ];
}

function hasUndoFailed({ failures }: Progress): boolean {
  return failures.some((failure) => failure.undo);
}

function progressOf(all: readonly Progress[], host: string): Progress {
  const found = all.find((each) => each.target.host.name === host);
  if (!found) throw new Error(`no progress of ${host}`);
  return found;
}
