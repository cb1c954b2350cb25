import type { Step } from "../plan/plan.ts";
import type { Target } from "../model/target.ts";
import type { Failure } from "./outcome.ts";

/** What has happened on one host so far. The run writes it; undo and the outcome read it. */
export type Progress = {
  readonly target: Target;
  /** Steps that began, in order. */
  readonly begun: Step[];
  readonly failures: Failure[];
  /** A final step has begun. One that was sent ahead may yet not. */
  committed: boolean;
  bytes: number;
  undone: boolean;
  startedAt: number;
  endedAt: number;
};

/** What happened on the hosts that went together. `kept`: the new release stays on them; else what had begun was undone. */
export type Wave = { readonly hosts: readonly Progress[]; readonly kept: boolean };

export function startProgress(target: Target, at: number): Progress {
  return { target, begun: [], failures: [], committed: false, bytes: 0, undone: false, startedAt: at, endedAt: at };
}

export function hasFailed(all: readonly Progress[]): boolean {
  return all.some((each) => each.failures.length > 0);
}

/** From the first final step on, on any host, the new version stays. */
export function isPastReturn(all: readonly Progress[]): boolean {
  return all.some(({ committed }) => committed);
}
