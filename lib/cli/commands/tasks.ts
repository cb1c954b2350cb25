import type { ExitCode } from "../../errors.ts";
import { exitCodes } from "../../errors.ts";
import type { Task } from "../../model/task.ts";
import { alignColumns } from "../../plan/table.ts";
import type { Intent } from "../intent.ts";
import { loadStage, tasksOf } from "../stage.ts";
import type { World } from "../world.ts";

/** `bgdeploy tasks`: the tasks of a stage, in order. */
export async function tasks(intent: Intent, world: World): Promise<ExitCode> {
  const config = await loadStage(intent, world, "optional");
  const all = tasksOf(config);
  if (world.answer) {
    const told = all.map(({ name, title, barrier, once, undo }) => ({
      task: name,
      title,
      barrier,
      once,
      undo: typeof undo === "function" ? ("commands" as const) : undo,
    }));
    world.answer.give({ type: "tasks", tasks: told });
    return exitCodes.done;
  }
  const rows = all.map((task) => [task.name, task.title, barrierOf(task), undoOf(task)]);
  const table = alignColumns([["task", "what it does", "hosts", "undo"], ...rows]);
  world.stdout.write(`${table.join("\n")}\n`);
  return exitCodes.done;
}

function barrierOf(task: Task): string {
  if (task.once) return "on the first host, the others wait";
  return task.barrier ? "‖ all hosts wait for each other" : "each host independently";
}

function undoOf({ undo }: Task): string {
  return typeof undo === "function" ? "put back" : undo;
}
