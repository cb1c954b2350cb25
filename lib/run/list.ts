import type { ListrTask } from "listr2";
import { printable } from "../plan/describe.ts";

/** Shows a line of output under the step that runs. */
export type Tell = (text: string) => void;

export type DrawnStep = {
  readonly title: string;
  readonly run: (tell: Tell) => Promise<"done" | "failed" | "skipped">;
};
export type DrawnHost = { readonly title: string; readonly steps: readonly DrawnStep[] };
export type DrawnPhase = { readonly title: string; readonly skip: () => boolean; readonly hosts: readonly DrawnHost[] };

/** Runs phases in order, in each all hosts at once, on each its steps in order; and draws them meanwhile. */
export type Draw = (phases: readonly DrawnPhase[]) => Promise<void>;

/** A step of a list that failed; what failed is known already. */
class DrawnFailure extends Error {}

/**
 * Draws with listr2: a tree on a terminal, nothing otherwise.
 *
 * listr2 runs and draws the lists only. Its own rollback knows the failed task alone, and its signal handler would roll
 * back while a task still runs: undo and signals are ours.
 */
export function drawWithListr(renderer: "tree" | "silent"): Draw {
  return async (phases) => {
    const { Listr } = await import("listr2");
    const list = new Listr(
      phases.map((phase) => phaseTask(phase)),
      {
        concurrent: false,
        exitOnError: false,
        registerSignalListeners: false,
        renderer: renderer === "tree" ? "default" : "silent",
        rendererOptions: {
          collapseSubtasks: true,
          collapseErrors: false,
          showErrorMessage: false,
          formatOutput: "truncate",
          timer,
        },
      },
    );
    await list.run();
  };
}

const timer = {
  condition: (duration: number) => duration > 500,
  field: (duration: number) => `${(duration / 1000).toFixed(1)} s`,
  format: () => (text?: string) => text ?? "",
};

function phaseTask(phase: DrawnPhase): ListrTask {
  return {
    title: phase.title,
    skip: phase.skip,
    task: (_, task) =>
      task.newListr(
        phase.hosts.map((host) => hostTask(host)),
        { concurrent: true, exitOnError: false },
      ),
  };
}

function hostTask(host: DrawnHost): ListrTask {
  return {
    title: host.title,
    task: (_, task) =>
      task.newListr(
        host.steps.map((step) => stepTask(step)),
        { concurrent: false, exitOnError: false },
      ),
  };
}

function stepTask(step: DrawnStep): ListrTask {
  return {
    title: step.title,
    task: async (_, task) => {
      const result = await step.run((text) => {
        task.output = printable(text).trimEnd().split("\n").at(-1) ?? "";
      });
      if (result === "skipped") task.skip();
      if (result === "failed") throw new DrawnFailure(step.title);
    },
  };
}
