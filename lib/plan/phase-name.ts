import { oneLine } from "../model/printable.ts";
import type { Task } from "../model/task.ts";
import type { HostSteps, Phase } from "./plan.ts";

/** Tasks that stand together in a phase, and what they come to. */
export type Section = { readonly name: "Prepare" | "Start" | "Switch" | "Finish"; readonly tasks: readonly Task[] };

/** The tasks of a phase, in order, under what they come to. */
export function sectionsOf({ hosts }: Phase): readonly Section[] {
  const tasks = tasksOf(hosts);
  if (tasks.some(({ name }) => name.startsWith("nginx:switch"))) return [{ name: "Switch", tasks }];
  if (hosts.some(({ steps }) => steps.some(({ final }) => final))) return [{ name: "Finish", tasks }];
  const start = tasks.findIndex((task) => isStart(task));
  const end = start === -1 ? tasks.length : start;
  const sections: readonly Section[] = [
    { name: "Prepare", tasks: tasks.slice(0, end) },
    { name: "Start", tasks: tasks.slice(end) },
  ];
  return sections.filter((section) => section.tasks.length > 0);
}

/** A phase in a word or two, for the line of its own: `Prepare and start`. A task that stands alone has its title, as a hook. */
export function phaseName(phase: Phase): string {
  const sections = sectionsOf(phase);
  const names = sections.map(({ name }) => name);
  const [task, ...others] = sections.flatMap(({ tasks }) => tasks);
  const isPart = names.includes("Switch") || (names.includes("Finish") && task?.once === false);
  if (task !== undefined && others.length === 0 && !isPart) return titleOf(task);
  return names.map((name, index) => (index === 0 ? name : name.toLowerCase())).join(" and ");
}

/** What a task does, as a line of its own: `Send the release`. One without a title has its name, as it is. */
export function titleOf({ name, title }: Pick<Task, "name" | "title">): string {
  const text = oneLine(title).trim();
  return title === name ? text : `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function isStart({ name }: Task): boolean {
  return name === "systemd:start" || name === "systemd:enable" || name.startsWith("health:");
}

/** In the order of the list: a task that only some hosts have stands where it runs there. */
function tasksOf(hosts: readonly HostSteps[]): readonly Task[] {
  const tasks: Task[] = [];
  for (const { steps } of hosts) {
    let place = 0;
    for (const { task } of steps) {
      const known = tasks.indexOf(task);
      if (known === -1) tasks.splice(place, 0, task);
      place = (known === -1 ? place : known) + 1;
    }
  }
  return tasks;
}
