import { setTimeout as wait } from "node:timers/promises";
import type { Announcement, Client } from "./client.ts";
import type { Step } from "./step.ts";
import { isStep, stepName } from "./step.ts";

/** When a fault strikes. The begin of a step is the end of the one before it. */
export type Moment = { readonly step: Step; readonly where: "begin" | "middle"; readonly duration: number };

/** Milliseconds that a fault waits at most for the middle of a step. */
const longest = 2000;

/** Every moment of a run: each step of the plan at its begin and, from how long it took once, in its middle. */
export function momentsOf(steps: readonly Step[], host: string, announced: readonly Announcement[]): readonly Moment[] {
  const own = announced.filter((each) => each.host === host);
  const times = steps.map((step) => own.find((each, at) => isStep(step, host, each, own.slice(0, at)))?.at);
  return steps.flatMap((step, at) => {
    const [begin, end] = [times[at], times.slice(at + 1).find((time) => time !== undefined)];
    if (begin === undefined) throw new Error(`the plan has ${stepName(step)}, but the run did not announce it`);
    const duration = Math.max(0, (end ?? begin) - begin);
    return [
      { step, where: "begin", duration },
      { step, where: "middle", duration },
    ];
  });
}

/** Resolves when the client is there; to false when it ends before. */
export async function reachMoment(client: Client, { step, where, duration }: Moment, host: string): Promise<boolean> {
  const reached = await client.reaches((it, earlier) => isStep(step, host, it, earlier));
  if (reached && where === "middle") await wait(Math.min(Math.max(duration / 2, 10), longest));
  return reached;
}

export function momentName({ step, where }: Moment): string {
  return `${where === "begin" ? "at the begin of" : "in the middle of"} ${stepName(step)}`;
}
