import type { Command, LinkMode } from "./command.ts";
import type { Target } from "./target.ts";

/** How a task is taken back: by commands, not at all because it changed nothing that matters, or never. */
export type Undo = ((target: Target) => readonly Command[]) | "not-needed" | "irreversible";

/** One named step of a deploy, on every host. */
export type Task = {
  /** `subject:verb`, for example `nginx:switch`. */
  readonly name: string;
  /** What a person reads while it runs. */
  readonly title: string;
  /** All hosts wait for each other before it, and before what comes behind it, but for what is eager. */
  readonly barrier: boolean;
  /** Begins behind a barrier while other hosts are still at it: it is undone, or does not matter, where one fails there. */
  readonly eager: boolean;
  /** Runs on the first host only; the others wait. */
  readonly once: boolean;
  /** From this task on, on any host, the new version stays: a later failure is not undone (exit code 5). It is a barrier. */
  readonly commits: boolean;
  /** Its undo comes before those of tasks that are not: what it changed can hurt the traffic or the live variant meanwhile. */
  readonly urgent: boolean;
  /** What a host lacks for this task, as a sentence: the run is then refused before anything changes. */
  readonly refuse: (target: Target) => string | undefined;
  /** Of a task that sends the build: what becomes of its symlinks that lead out. They are refused without it. */
  readonly links?: LinkMode | undefined;
  /** Commands for one host, from facts alone. None: the host has nothing to do here. */
  readonly commands: (target: Target) => readonly Command[];
  readonly undo: Undo;
};

/** A recipe gives ordered tasks; lists of them compose. */
export type Tasks = Task | readonly Tasks[];

export type TaskOptions = Pick<Task, "name" | "commands" | "undo"> &
  Partial<Pick<Task, "title" | "barrier" | "eager" | "once" | "commits" | "urgent" | "refuse" | "links">>;

/**
 * Makes a task. The author must say how it is undone.
 *
 * When a run fails, the tasks that began are undone, latest first; an `irreversible` one is left as it is, and said. Where
 * the connection was lost, one that never began may be undone, too.
 *
 * @example
 * task({
 *   name: "cache:clear",
 *   commands: ({ layout }) => [shell("clear the cache", sh`rm -rf ${layout.destination}/cache`)],
 *   undo: "not-needed",
 * })
 */
export function task(options: TaskOptions): Task {
  const {
    name,
    title = name,
    barrier = false,
    eager = false,
    once = false,
    commits = false,
    urgent = false,
    refuse = () => undefined,
    links,
    commands,
    undo,
  } = options;
  return Object.freeze({
    name,
    title,
    barrier: barrier || once || commits,
    eager,
    once,
    commits,
    urgent,
    refuse,
    ...(links === undefined ? {} : { links }),
    commands,
    undo,
  });
}

/** The tasks of nested lists, in order. */
export function flattenTasks(tasks: Tasks): readonly Task[] {
  return isList(tasks) ? tasks.flatMap((each) => flattenTasks(each)) : [tasks];
}

function isList(tasks: Tasks): tasks is readonly Tasks[] {
  return Array.isArray(tasks);
}
