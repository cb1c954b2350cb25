import type { ExitCode } from "../errors.ts";
import { exitCodes } from "../errors.ts";
import type { Plan } from "../plan/plan.ts";
import type { HostOutcome, Outcome } from "./outcome.ts";
import type { Progress } from "./progress.ts";
import { hasFailed, isPastReturn } from "./progress.ts";

/** Works out what a run came to, from what happened on each host. */
export function conclude(
  plan: Plan,
  all: readonly Progress[],
  run: { readonly stage: string; readonly interrupted: boolean; readonly seconds: number },
): Outcome {
  const kept = isPastReturn(all) || (!hasFailed(all) && !run.interrupted);
  const hosts = all.map((progress) => hostOutcome(progress, kept));
  return {
    ...run,
    interrupted: run.interrupted && !kept,
    release: plan.release,
    exitCode: exitCodeOf(hosts, kept, run.interrupted),
    hosts,
  };
}

function exitCodeOf(hosts: readonly HostOutcome[], kept: boolean, interrupted: boolean): ExitCode {
  if (hosts.some(({ end }) => end === "mend")) return exitCodes.mend;
  const failed = hosts.some(({ failures }) => failures.length > 0);
  if (kept) return failed ? exitCodes.incomplete : exitCodes.done;
  return interrupted && !failed ? exitCodes.interrupted : exitCodes.failed;
}

function hostOutcome(progress: Progress, kept: boolean): HostOutcome {
  const { target, begun, failures, bytes, startedAt, endedAt } = progress;
  return {
    host: target.host.name,
    end: endOf(progress, kept),
    from: { release: target.live && target.facts.links[target.live], variant: target.live },
    to: { release: target.release.id, variant: target.idle },
    seconds: begun.length === 0 ? 0 : (endedAt - startedAt) / 1000,
    bytes,
    failures,
  };
}

function endOf({ begun, failures, undone }: Progress, kept: boolean): HostOutcome["end"] {
  if (kept) return "live";
  if (begun.length === 0) return "untouched";
  return undone && !failures.some((failure) => failure.undo) ? "undone" : "mend";
}
