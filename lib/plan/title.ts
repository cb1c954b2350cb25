import { showSeconds } from "../model/duration.ts";
import type { Target } from "../model/target.ts";
import type { Task } from "../model/task.ts";
import { printable } from "../model/printable.ts";
import { describeSlot } from "./describe.ts";
import { listHosts } from "./host-list.ts";

/** What will change, hosts of the same change together: `h1, h2  v1.0 (blue) → v1.1 (green)`. */
export function changeLines(targets: readonly Target[]): readonly string[] {
  const all = targets.map(({ host }) => host.name);
  const groups = Map.groupBy(targets, ({ live, idle, facts, release }) => {
    const from = describeSlot(live && facts.links[live], live) ?? "nothing";
    return `${from} → ${describeSlot(release.id, idle)}`;
  });
  return [...groups].map(([change, same]) => {
    const names = same.map(({ host }) => host.name);
    return `${listHosts(names, all)}  ${change}`;
  });
}

/** A task of one host in the tree; once it ended, with the seconds it took. */
export function taskTitle(
  task: Pick<Task, "title">,
  state: { readonly undo?: boolean; readonly seconds?: number } = {},
): string {
  const title = `${state.undo === true ? "undo: " : ""}${oneLine(task.title)}`;
  return state.seconds === undefined ? title : `${title}  ${showSeconds(state.seconds)}`;
}

function oneLine(text: string): string {
  return printable(text).replaceAll(/\s+/g, " ").trim();
}
