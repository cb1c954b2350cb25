import type { ListrTask } from "listr2";
import { showSeconds } from "../model/duration.ts";
import { printable } from "../model/printable.ts";
import type { BoardHost, HostState } from "./board.ts";
import { hostLines, phaseLine } from "./board.ts";

/** Shows a line of output beside the step that runs. */
export type Tell = (text: string) => void;

export type DrawnStep = {
  readonly title: string;
  readonly run: (tell: Tell) => Promise<"done" | "failed" | "skipped">;
};
export type DrawnHost = { readonly name: string; readonly steps: readonly DrawnStep[] };
export type DrawnPhase = {
  readonly title: string;
  readonly skip: () => boolean | Promise<boolean>;
  readonly hosts: readonly DrawnHost[];
};

/** Runs phases in order, in each all hosts at once, on each its steps in order; and draws them meanwhile. */
export type Draw = (phases: readonly DrawnPhase[]) => Promise<void>;

/** The terminal that is drawn on; it may change its size meanwhile. */
export type Board = { readonly rows: number; readonly columns: number; readonly now: () => number };

/** Draws, and can say something to the person who looks on. */
export type Drawing = {
  readonly draw: Draw;
  /** Puts a text under the phase that runs. False: nothing is being drawn, say it elsewhere. */
  notice(text: string): boolean;
};

/** A host of a list on which not all went well; what failed is known already. */
class DrawnFailure extends Error {}

/**
 * Runs the lists with listr2, and draws them where there is a board: a line for each phase, and below the one that runs a line
 * for each host.
 *
 * listr2 runs and draws the lists only. Its own rollback knows the failed task alone, and its signal handler would roll
 * back while a task still runs: undo and signals are ours.
 */
export function drawWithListr(board: Board | undefined): Drawing {
  let notify: ((text: string) => void) | undefined;
  return {
    async draw(phases) {
      const { Listr } = await loadLists();
      const show = (running: ((text: string) => void) | undefined): void => {
        notify = running;
      };
      const list = new Listr(
        phases.map((phase) => phaseTask(phase, phases.length, board ?? noBoard, show)),
        {
          concurrent: false,
          exitOnError: false,
          registerSignalListeners: false,
          renderer: board === undefined ? "silent" : "default",
          rendererOptions: {
            collapseSubtasks: true,
            collapseErrors: false,
            showErrorMessage: false,
            formatOutput: "truncate",
            timer,
            icon: { FAILED_WITH_SUBTASKS: "✖", COMPLETED_WITH_FAILED_SUBTASKS: "✖" },
          },
        },
      );
      await list.run();
      notify = undefined;
    },
    notice(text) {
      if (board === undefined || notify === undefined) return false;
      notify(text);
      return true;
    },
  };
}

/** Loads what `draw` needs, for who has to wait for something else anyway. */
export function loadLists(): Promise<typeof import("listr2")> {
  return import("listr2");
}

const noBoard: Board = { rows: 24, columns: 80, now: () => 0 };

const timer = {
  condition: (duration: number) => duration > 500,
  field: (duration: number) => showSeconds(duration / 1000),
  format: () => (text?: string) => text ?? "",
};

/** Columns that listr2's marks and margins take. */
const margin = 6;

/** Columns of the time that listr2 writes behind a phase: ` [12.3 s]`. */
function timeWidth(duration: number): number {
  return timer.condition(duration) ? timer.field(duration).length + 3 : 0;
}

function phaseTask(
  phase: DrawnPhase,
  phases: number,
  board: Board,
  show: (notify: ((text: string) => void) | undefined) => void,
): ListrTask {
  return {
    title: phaseLine(phase.title, [], board.columns - margin),
    skip: phase.skip,
    rendererOptions: { outputBar: Infinity },
    task(_, task) {
      const from = board.now();
      const states = new Map<DrawnHost, HostState>(phase.hosts.map((host) => [host, { kind: "waiting" }]));
      const titles = new Map<DrawnHost, (title: string) => void>();
      const hostsNow = (): readonly BoardHost[] =>
        phase.hosts.map((host) => ({ name: host.name, state: states.get(host) ?? { kind: "waiting" } }));
      const linesOf = (hosts: readonly BoardHost[], columns: number): readonly string[] => {
        // The other phases, what may be said under this one, and the line that is typed on stay in sight.
        const lines = Math.max(3, board.rows - phases - 5);
        return hostLines(hosts, { lines, columns, now: board.now() });
      };
      const draw = (): void => {
        const hosts = hostsNow();
        const columns = board.columns - margin;
        for (const [index, text] of linesOf(hosts, columns).entries()) {
          const host = phase.hosts[index];
          if (host) titles.get(host)?.(text);
        }
        drawn.timer = undefined;
        task.title = phaseLine(phase.title, hosts, columns - timeWidth(board.now() - from));
      };
      const drawn: { timer: NodeJS.Timeout | undefined } = { timer: undefined };
      const clock = setInterval(draw, 1000);
      clock.unref();
      const change = (host: DrawnHost, state: HostState): void => {
        states.set(host, state);
        const isOver = [...states.values()].every(({ kind }) => kind !== "waiting" && kind !== "running");
        // To draw takes time that the run needs: output may come by the thousand lines.
        if (!isOver) drawn.timer ??= setTimeout(draw, 100).unref();
        else {
          clearTimeout(drawn.timer);
          clearInterval(clock);
          draw();
        }
      };
      show((text) => {
        task.output = wrap(text, board.columns - margin - 2);
      });
      const first = linesOf(hostsNow(), board.columns - margin);
      return task.newListr(
        phase.hosts.map((host, index) =>
          hostTask({ host, title: first[index] ?? "", board, titles, change: (state) => change(host, state) }),
        ),
        { concurrent: true, exitOnError: false },
      );
    },
  };
}

type HostTask = {
  readonly host: DrawnHost;
  /** An empty one is not drawn. */
  readonly title: string;
  readonly board: Board;
  readonly titles: Map<DrawnHost, (title: string) => void>;
  readonly change: (state: HostState) => void;
};

function hostTask({ host, title, board, titles, change }: HostTask): ListrTask {
  return {
    title,
    // Its line has the time already, and one that is not drawn must stay empty.
    rendererOptions: { timer: { condition: () => false, field: "", format: timer.format } },
    task(_, task) {
      const from = board.now();
      titles.set(host, (text) => {
        // Every title that is set draws the whole tree.
        if (task.title !== text) task.title = text;
      });
      let failed: string | undefined;
      let isWell = true;
      const steps = host.steps.map((step, index) => ({
        // Without a title it is not drawn: the host's line says which one runs.
        task: async () => {
          const since = board.now();
          const running = (said: string): void => {
            if (failed === undefined) change({ kind: "running", step: step.title, said, since });
          };
          running("");
          const result = await step.run((text) => running(lastLine(text)));
          if (result === "failed") failed ??= step.title;
          if (result !== "done") isWell = false;
          if (failed !== undefined) change({ kind: "failed", step: failed });
          else if (result === "skipped") change({ kind: "stopped" });
          else if (index === host.steps.length - 1) change({ kind: "done", seconds: (board.now() - from) / 1000 });
        },
      }));
      // The mark of the host, and so that of the phase, says that not all is well. Every step is waited for before.
      const verdict = {
        task: () => {
          if (!isWell) throw new DrawnFailure(host.name);
        },
      };
      return task.newListr([...steps, verdict], { concurrent: false, exitOnError: true });
    },
  };
}

function lastLine(text: string): string {
  return printable(text).trimEnd().split("\n").at(-1)?.trim() ?? "";
}

/** Breaks a text into lines of at most so many characters. */
function wrap(text: string, columns: number): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join("\n");
}
