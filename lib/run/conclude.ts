import type { ExitCode } from "../errors.ts";
import { exitCodes } from "../errors.ts";
import type { Plan } from "../plan/plan.ts";
import type { HostOutcome, Outcome } from "./outcome.ts";
import type { Progress, Wave } from "./progress.ts";

/** Works out what a run came to, from what happened on each host, wave by wave. */
export function conclude(
  plan: Plan,
  waves: readonly Wave[],
  run: { readonly stage: string; readonly interrupted: boolean; readonly seconds: number },
): Outcome {
  const hosts = waves.flatMap(({ hosts: all, kept }) => all.map((progress) => hostOutcome(progress, kept)));
  const interrupted = run.interrupted && waves.some(({ kept }) => !kept);
  return { ...run, interrupted, release: plan.release, exitCode: exitCodeOf(hosts, interrupted), hosts };
}

/** Some hosts live and others not is a thing to mend, too: waves that stopped leave the fleet mixed. */
function exitCodeOf(hosts: readonly HostOutcome[], interrupted: boolean): ExitCode {
  const live = hosts.filter(({ end }) => end === "live");
  const failed = hosts.some(({ failures }) => failures.length > 0);
  if (hosts.some(({ end }) => end === "mend") || (live.length > 0 && live.length < hosts.length)) return exitCodes.mend;
  if (live.length > 0) return failed ? exitCodes.incomplete : exitCodes.done;
  const failedBefore = hosts.some(({ failures }) => failures.some((failure) => !failure.interrupted));
  return interrupted && !failedBefore ? exitCodes.interrupted : exitCodes.failed;
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
