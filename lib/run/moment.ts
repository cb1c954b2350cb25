import type { Happening } from "./event.ts";

/** Where a run is: before it changed anything, on its way, taking it back, or past the point of no return. */
export type Moment = "before" | "running" | "undoing" | "final";

/** Where a run is after an event. Each wave of hosts begins anew. */
export function nextMoment(before: Moment, happening: Happening): Moment {
  if (happening.type !== "phase-started" && happening.type !== "step-started") return before;
  if (happening.undo) return "undoing";
  if (happening.type === "step-started") return happening.final ? "final" : before;
  return happening.number === 1 ? "running" : before;
}
