import type { Failure, HostOutcome, Outcome } from "../../lib/run/outcome.ts";
import type { Advice, Screen } from "../../lib/report/reporter.ts";
import { newRelease, oldRelease } from "../support/target.ts";

export const advice: Advice = {
  app: "shop",
  program: "bgdeploy",
  nginx: "nginx.service",
  action: "run",
  flags: [],
  typed: [],
  ssh: ["ssh"],
};

/** One host after a deploy of v1.1 (green) over v1.0 (blue). */
export function aHost(host: string, options: Partial<HostOutcome> = {}): HostOutcome {
  return {
    host,
    end: "live",
    from: { release: oldRelease.id, variant: "blue" },
    to: { release: newRelease.id, variant: "green" },
    seconds: 4.2,
    bytes: 1_300_000,
    failures: [],
    ...options,
  };
}

export function anOutcome(hosts: readonly HostOutcome[], options: Partial<Outcome> = {}): Outcome {
  return { stage: "production", release: newRelease, exitCode: 0, interrupted: false, seconds: 4.5, hosts, ...options };
}

export function aFailure(task: string, error: Error, undo = false): Failure {
  return { task, undo, error, interrupted: false };
}

/** A screen that keeps what was written. */
export function aScreen(options: Partial<Screen> = {}): Screen & { readonly text: () => string } {
  let written = "";
  return {
    color: false,
    columns: 80,
    ...options,
    write(text) {
      written += text;
    },
    text: () => written,
  };
}
