import type { Hook, Task } from "../lib/index.ts";
import { otherVariant, task } from "../lib/index.ts";

/** Runs before the new variant starts, when its files, unit and environment are there. */
function pre(hook: Hook | string): Task {
  return hookTask("pre", hook);
}

/** Runs when the new variant is live, before old releases go. */
function post(hook: Hook | string): Task {
  return hookTask("post", hook);
}

export const hooks = { pre, post };

/** A function runs here, with `$` on the host; a script runs on the host, with the old and the new variant as arguments. */
function hookTask(point: "pre" | "post", hook: Hook | string): Task {
  if (typeof hook === "string") {
    const name = hook.slice(hook.lastIndexOf("/") + 1);
    return task({
      name: `hooks:${point} ${name}`,
      title: `${point} script ${name}`,
      commands: ({ layout, idle, live }) => [
        {
          kind: "script",
          file: hook,
          path: layout.hook(`${point}-${name}`),
          words: [live ?? otherVariant(idle), idle],
        },
      ],
      undo: "not-needed",
    });
  }
  return task({
    name: `hooks:${point} ${hook.name.replaceAll(/\s+/g, " ").trim()}`,
    title: `${point} hook ${hook.name}`,
    once: hook.once,
    commands: () => [{ kind: "hook", title: hook.name, run: hook.run }],
    undo: "not-needed",
  });
}
