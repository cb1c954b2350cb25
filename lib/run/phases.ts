import type { Phase, Plan } from "../plan/plan.ts";
import { phaseName } from "../plan/phase-name.ts";
import type { Emit, Happening } from "./event.ts";
import type { Progress } from "./progress.ts";
import { stepsToUndo } from "./undo.ts";

/** Tells each phase before its first step begins: a host that is alone does not wait for it to be drawn. */
export function announcePhases(plan: Plan, emit: Emit): Emit {
  let told = -1;
  return (happening) => {
    if (happening.type === "step-started" && !happening.undo) {
      const index = plan.phases.findIndex((phase, place) => place > told && hasStep(phase, happening));
      const phase = plan.phases[index];
      const isNext = !plan.phases.slice(0, told + 1).some((each) => hasStep(each, happening));
      if (phase && isNext) {
        told = index;
        emit(phaseStarted(phase, index + 1, plan.phases.length));
      }
    }
    emit(happening);
  };
}

/** What is told before these hosts are put back. */
export function undoPhase(all: readonly Progress[]): Happening {
  const hosts = all.map(({ target }) => target.host.name);
  const tasks = [...new Set(all.flatMap(({ begun }) => stepsToUndo(begun).map(({ step }) => step.task.name)))];
  return { type: "phase-started", title: "undo", number: 1, of: 1, hosts, tasks, undo: true };
}

function hasStep({ hosts }: Phase, step: { readonly host: string; readonly task: string }): boolean {
  return hosts.some(
    ({ target, steps }) => target.host.name === step.host && steps.some(({ task }) => task.name === step.task),
  );
}

function phaseStarted(phase: Phase, number: number, of: number): Happening {
  const tasks = [...new Set(phase.hosts.flatMap(({ steps }) => steps.map(({ task }) => task.name)))];
  const hosts = phase.hosts.map(({ target }) => target.host.name);
  return { type: "phase-started", title: phaseName(phase), number, of, hosts, tasks, undo: false };
}
