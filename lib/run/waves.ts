import type { Rolling } from "../model/rolling.ts";
import type { Plan } from "../plan/plan.ts";
import { splitWaves } from "../plan/waves.ts";
import type { RunEffects } from "./effects.ts";
import { execute } from "./execute.ts";
import type { Wave } from "./progress.ts";
import { startProgress } from "./progress.ts";

/**
 * Runs a plan in waves; without `rolling` all hosts are one. All or nothing holds within a wave: when too many hosts
 * have failed, or someone interrupts, the waves that have not begun do not begin.
 */
export async function executeWaves(
  plan: Plan,
  rolling: Rolling | undefined,
  effects: RunEffects & { readonly wait: (milliseconds: number, until: AbortSignal) => Promise<void> },
): Promise<readonly Wave[]> {
  const waves: Wave[] = [];
  for (const [index, each] of splitWaves(plan, rolling).entries()) {
    const failed = waves.flatMap(({ hosts }) => hosts).filter(({ failures }) => failures.length > 0).length;
    const enough = failed > (rolling?.maxFailures ?? 0);
    if (index > 0 && rolling !== undefined && !enough) await effects.wait(rolling.pause, effects.interrupted);
    const stops = index > 0 && (enough || effects.interrupted.aborted);
    if (stops) waves.push({ hosts: each.targets.map((target) => startProgress(target, effects.now())), kept: false });
    else waves.push(await execute(each, effects));
  }
  return waves;
}
