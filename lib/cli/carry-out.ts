import type { Config } from "../config/resolved.ts";
import { describe } from "../plan/describe.ts";
import type { Plan } from "../plan/plan.ts";
import type { Survey } from "../remote/survey.ts";
import type { RunEffects } from "../run/effects.ts";
import { execute } from "../run/execute.ts";
import type { Progress, Wave } from "../run/progress.ts";
import { openDoors } from "./doors.ts";
import type { Fleet } from "./fleet.ts";
import { holderOf } from "./holder.ts";
import { told } from "./told.ts";
import type { World } from "./world.ts";

/** Where a plan is carried out without the locks. */
export type Ground = {
  readonly fleet: Fleet;
  readonly surveys: readonly Survey[];
  readonly config: Config;
  readonly purpose: string;
  readonly interrupts: { readonly signal: AbortSignal };
  readonly drawing: Pick<RunEffects, "emit" | "draw">;
};

/** Carries out a plan that is no deploy: on all hosts, or, where one fails, undone on all. Takes no lock and writes no journal. */
export async function carryOut(
  plan: Plan,
  { fleet, surveys, config, purpose, interrupts, drawing }: Ground,
  world: World,
): Promise<Wave> {
  const doors = openDoors(fleet, surveys, config, holderOf(world, purpose), world, interrupts.signal);
  try {
    const effects = { ...drawing, doors, now: world.now, interrupted: interrupts.signal, describe, ahead: false };
    return await execute(plan, effects);
  } finally {
    await doors.close();
  }
}

/** What failed on which host, and why, as the host said it. */
export function failuresOf(progress: readonly Progress[]): readonly string[] {
  return progress.flatMap(({ target, failures }) => failures.map(({ error }) => told(error, target.host.name)));
}
