import { portionsOf } from "../model/portions.ts";
import type { Rolling } from "../model/rolling.ts";
import { waveSize } from "../model/rolling.ts";
import type { Plan } from "./plan.ts";

/** Cuts a plan into waves of hosts, each a plan of its own: all or nothing holds within a wave. */
export function splitWaves(plan: Plan, rolling: Rolling | undefined): readonly Plan[] {
  if (rolling === undefined) return [plan];
  const size = waveSize(rolling, plan.targets.length);
  return portionsOf(plan.targets, size).map((targets) => {
    const phases = plan.phases.map((phase) => ({
      ...phase,
      hosts: phase.hosts.filter(({ target }) => targets.includes(target)),
    }));
    return { ...plan, targets, phases: phases.filter(({ hosts }) => hosts.length > 0) };
  });
}
